namespace TurkishLlm.Tokenization.Chat;

/// <summary>The rules of a chat format as Jinja, as the Hugging Face libraries expect them.</summary>
/// <remarks>
/// A message may have <c>context</c>, a list of texts, and <c>tool_call</c>, a text. Unlike this program, Jinja cannot prevent
/// the name of a control token within a text from becoming one; that depends on the tokenizer of the reader. Spec: SFT-37,
/// TPL-02.
/// </remarks>
internal static class ChatJinja
{
    /// <summary>The rules of the format of this program. Models contain this text, so it never changes.</summary>
    public const string TurkishLlm =
        "{{ '<|begin_of_text|>' }}"
        + "{% if system is defined and system and messages[0].role != 'system' %}{{ "
        + "'<|start_header_id|>system<|end_header_id|>\n\n' + (system | trim) + '<|eot_id|>' }}{% endif %}"
        + "{% for message in messages %}"
        + "{% for text in message.context or [] %}{{ '<|context|>' + (text | trim) + '<|eot_id|>' }}{% endfor %}"
        + "{% if message.role == 'tool' %}{{ '<|tool_output|>' }}{% else %}{{ '<|start_header_id|>' + "
        + "message.role + '<|end_header_id|>\n\n' }}{% endif %}"
        + "{{ (message.content or '') | trim }}"
        + "{% if message.tool_call %}{{ '<|tool_call|>' + (message.tool_call | trim) }}{% endif %}"
        + "{{ '<|eot_id|>' }}"
        + "{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

    // The system prompt of the conversation or, without one, of the template, and the number of the first question.
    private const string FindTask =
        "{% if messages[0].role == 'system' %}{% set task = messages[0].content | trim %}{% set first = 1 %}"
        + "{% elif system is defined and system %}{% set task = system | trim %}{% set first = 0 %}"
        + "{% else %}{% set task = '' %}{% set first = 0 %}{% endif %}";

    private const string WriteTask = "{% if task and loop.index0 == first %}{{ task + '\\n\\n' }}{% endif %}";

    /// <summary>Writes the rules of a format.</summary>
    public static string Create(ChatFormat format) =>
        format.SystemHeader is { } system
            ? Write(format.Begin)
                + "{% if system is defined and system and messages[0].role != 'system' %}{{ "
                + $"{Quote(system)} + (system | trim) + {Quote(format.End)} }}}}{{% endif %}}"
                + $"{{% for message in messages %}}{WriteMessage(format, "", $"{{% else %}}{Write(system)}")}{{% endfor %}}"
                + WritePrompt(format)
            : Write(format.Begin)
                + FindTask
                + "{% for message in messages %}{% if message.role != 'system' %}"
                + $"{WriteMessage(format, WriteTask, "")}{{% endif %}}{{% endfor %}}"
                + WritePrompt(format);

    /// <summary>Returns a text as a string of Jinja, which has the escapes of Python.</summary>
    public static string Quote(string text)
    {
        text = text
            .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return $"'{text}'";
    }

    private static string WriteMessage(ChatFormat format, string task, string otherRole) =>
        "{% for text in message.context or [] %}"
        + $"{{{{ {Quote(SpecialTokens.Names[SpecialTokens.Context])} + (text | trim) + {Quote(format.End)} }}}}{{% endfor %}}"
        + $"{{% if message.role == 'user' %}}{Write(format.UserHeader)}{task}"
        + $"{{% elif message.role == 'assistant' %}}{Write(format.AssistantHeader)}"
        + $"{{% elif message.role == 'tool' %}}{Write(format.ToolHeader)}{otherRole}{{% endif %}}"
        + "{{ (message.content or '') | trim }}"
        + $"{{% if message.tool_call %}}{{{{ {Quote(SpecialTokens.Names[SpecialTokens.ToolCall])} + "
        + "(message.tool_call | trim) }}{% endif %}"
        + (format.UserEnd is not { } end ? Write(format.End)
            : $"{{% if message.role == 'user' %}}{Write(end)}{{% else %}}{Write(format.End)}{{% endif %}}");

    private static string WritePrompt(ChatFormat format) => format.AssistantHeader.Length == 0 ? ""
        : $"{{% if add_generation_prompt %}}{Write(format.AssistantHeader)}{{% endif %}}";

    private static string Write(string text) => text.Length == 0 ? "" : $"{{{{ {Quote(text)} }}}}";
}
