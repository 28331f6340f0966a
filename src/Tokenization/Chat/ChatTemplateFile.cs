using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization.Chat;

/// <summary>
/// The contents of <c>chat_template.json</c>: the template of a model, with its rules as Jinja for other programs.
/// </summary>
/// <param name="Format">Identifies the rules. This program supports one set of them.</param>
/// <param name="System">The system prompt of conversations without one.</param>
/// <param name="ChatTemplate">The rules as Jinja, as the Hugging Face libraries expect them.</param>
/// <remarks>Spec: SFT-37.</remarks>
internal sealed record ChatTemplateFile(string Format, string? System, string ChatTemplate)
{
    /// <summary>
    /// The rules as Jinja. A message may have <c>context</c>, a list of texts, and <c>tool_call</c>, a text. Unlike this program,
    /// the Jinja template cannot prevent the name of a control token within a text from becoming one; that depends on the
    /// tokenizer of the reader.
    /// </summary>
    public const string Jinja =
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

    private const string SupportedFormat = "turkishllm-1";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Returns the rules as Jinja that need no variable from outside: the system prompt is part of them.</summary>
    public static string CreateJinja(string? system)
    {
        if (system is null) return Jinja;
        // A string of Jinja has the escapes of Python.
        var text = system
            .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return $"{{% if system is not defined %}}{{% set system = '{text}' %}}{{% endif %}}{Jinja}";
    }

    public static string? ReadSystem(string folder)
    {
        var file = Path.Combine(folder, TurkishLlm.Tokenization.Chat.ChatTemplate.FileName);
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"{folder} has no {TurkishLlm.Tokenization.Chat.ChatTemplate.FileName}: its model was not trained on "
                    + "conversations. Fine-tune it first, with a plan such as configs/sft-v1.yaml.",
                file);
        var read = StrictJson.DeserializeFile<ChatTemplateFile>(file, Options);
        if (read.Format != SupportedFormat || read.ChatTemplate != Jinja)
            throw new InvalidDataException(
                $"The rules in {file} (format \"{read.Format}\") differ from those of this program (\""
                    + $"{SupportedFormat}\"). Use the version of the program that wrote it.");
        return read.System;
    }

    public static void Write(string folder, string? system)
    {
        var file = Path.Combine(folder, TurkishLlm.Tokenization.Chat.ChatTemplate.FileName);
        File.WriteAllBytes(
            file,
            [.. JsonSerializer.SerializeToUtf8Bytes(new ChatTemplateFile(SupportedFormat, system, Jinja), Options), (byte)'\n']);
    }
}
