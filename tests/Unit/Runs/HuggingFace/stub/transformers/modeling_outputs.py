class CausalLMOutputWithPast:
    def __init__(self, loss, logits, past_key_values):
        self.loss, self.logits, self.past_key_values = loss, logits, past_key_values
