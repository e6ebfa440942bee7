#include "sources/auth/form.h"

#include "bridge/base/buf.h"
#include "bridge/model/http.h"

int form_add(struct buf *form, const char *name, const char *value)
{
    int r = form->len > 0 ? buf_append_char(form, '&') : 0;
    r = r ? r : url_encode(form, name);
    r = r ? r : buf_append_char(form, '=');
    return r ? r : url_encode(form, value);
}

int form_send(struct http_request *request, struct buf *take_form)
{
    request->body = buf_take(take_form);
    return headers_set(&request->headers, "Content-Type", "application/x-www-form-urlencoded");
}
