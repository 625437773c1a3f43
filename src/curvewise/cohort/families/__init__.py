"""The networks, as plain torch.nn modules: the specification of every way of training them."""
