using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization.Chat;

/// <summary>
/// The contents of <c>chat_template.json</c>: the template of a model, with its rules as Jinja for other programs.
/// </summary>
/// <param name="Format">Identifies the rules: the name of a format and its version.</param>
/// <param name="System">The system prompt of conversations without one.</param>
/// <param name="ChatTemplate">The rules as Jinja, as the Hugging Face libraries expect them.</param>
/// <remarks>Spec: SFT-37.</remarks>
internal sealed record ChatTemplateFile(string Format, string? System, string ChatTemplate)
{
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
    public static string CreateJinja(ChatFormat format, string? system) => system is null ? format.Jinja
        : $"{{% if system is not defined %}}{{% set system = {ChatJinja.Quote(system)} %}}{{% endif %}}{format.Jinja}";

    public static (ChatFormat Format, string? System) Read(string folder)
    {
        var file = Path.Combine(folder, TurkishLlm.Tokenization.Chat.ChatTemplate.FileName);
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"{folder} has no {TurkishLlm.Tokenization.Chat.ChatTemplate.FileName}: its model was not trained on "
                    + "conversations. Fine-tune it first, with a plan such as configs/sft-v1.yaml.",
                file);
        var read = StrictJson.DeserializeFile<ChatTemplateFile>(file, Options);
        return ChatFormat.All.FirstOrDefault(format => GetVersion(format) == read.Format) is { } known
            && read.ChatTemplate == known.Jinja
            ? (known, read.System)
            : throw new InvalidDataException(
                $"The rules in {file} (format \"{read.Format}\") differ from those of this program ("
                    + $"{string.Join(", ", ChatFormat.All.Select(format => $"\"{GetVersion(format)}\""))}). "
                    + "Use the version of the program that wrote it.");
    }

    public static void Write(string folder, ChatFormat format, string? system)
    {
        var file = Path.Combine(folder, TurkishLlm.Tokenization.Chat.ChatTemplate.FileName);
        var content = new ChatTemplateFile(GetVersion(format), system, format.Jinja);
        File.WriteAllBytes(file, [.. JsonSerializer.SerializeToUtf8Bytes(content, Options), (byte)'\n']);
    }

    // Rules that change get another number.
    private static string GetVersion(ChatFormat format) => $"{format.Name}-1";
}
