namespace TurkishLlm.Data.Conversations;

/// <summary>File formats of conversations. The format of a file is detected from its first row.</summary>
public enum ConversationFormat
{
    /// <summary>
    /// <c>{"messages": [{"role", "content"}]}</c>; user messages may have <c>"context"</c>, assistant messages
    /// <c>"tool_call"</c>.
    /// </summary>
    Messages,

    /// <summary><c>{"instruction", "input", "output"}</c>, optionally with <c>"system"</c> and <c>"history"</c>.</summary>
    Alpaca,

    /// <summary><c>{"conversations": [{"from", "value"}]}</c>.</summary>
    ShareGpt,

    /// <summary><c>{"prompt", "completion"}</c>, texts or lists of messages.</summary>
    Completion,

    /// <summary>
    /// <c>{"question", "answer"}</c>, optionally with <c>"context"</c> and <c>"system"</c>; several of them as <c>"turns"</c>, or
    /// as <c>"pairs"</c> with a shared context.
    /// </summary>
    Pairs,

    /// <summary>
    /// Trees of OpenAssistant: <c>{"message_id", "parent_id", "text", "role", "rank"}</c>, or nested as <c>{"prompt": {"text",
    /// "role", "replies"}}</c>.
    /// </summary>
    Oasst,

    /// <summary><c>{"text", "label"}</c>.</summary>
    Classification,

    /// <summary><c>{"text", "entities": [{"text", "label"}]}</c> or <c>{"text", "fields": {…}}</c>.</summary>
    Extraction,

    /// <summary>Text with markup: <c>&lt;|im_start|&gt;role</c> … <c>&lt;|im_end|&gt;</c>, or that of Llama 3.</summary>
    ChatMarkup,

    /// <summary><c>{"input_ids", "labels"}</c>: tokens with labels; −1 or −100 marks tokens that are not learned.</summary>
    Tokens,
}
