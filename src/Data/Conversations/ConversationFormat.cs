namespace TurkishLlm.Data.Conversations;

/// <summary>Shapes in which files hold conversations. A file is recognised by its first row.</summary>
public enum ConversationFormat
{
    /// <summary><c>{"messages": [{"role", "content"}]}</c>; a user message may have <c>"context"</c>, an assistant one <c>"tool_call"</c>.</summary>
    Messages,

    /// <summary><c>{"instruction", "input", "output"}</c>, with <c>"system"</c> and <c>"history"</c> where there are any.</summary>
    Alpaca,

    /// <summary><c>{"conversations": [{"from", "value"}]}</c>.</summary>
    ShareGpt,

    /// <summary><c>{"prompt", "completion"}</c>, texts or lists of messages.</summary>
    Completion,

    /// <summary><c>{"question", "answer"}</c> with <c>"context"</c> and <c>"system"</c>, or <c>"turns"</c> of them, one by one or grouped as <c>"pairs"</c>.</summary>
    Pairs,

    /// <summary><c>{"text", "label"}</c>.</summary>
    Classification,

    /// <summary><c>{"text", "entities": [{"text", "label"}]}</c> or <c>{"text", "fields": {…}}</c>.</summary>
    Extraction,

    /// <summary>Text with marks: <c>&lt;|im_start|&gt;role</c> … <c>&lt;|im_end|&gt;</c>, or the marks of Llama 3.</summary>
    ChatMarkup,

    /// <summary><c>{"input_ids", "labels"}</c>: tokens, and −1 or −100 where one is not learned.</summary>
    Tokens,
}
