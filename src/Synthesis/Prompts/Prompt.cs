using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Files;

namespace TurkishLlm.Synthesis.Prompts;

/// <summary>
/// A prompt template: three files, <c>NAME.system.md</c>, <c>NAME.user.md</c> and <c>NAME.schema.json</c>, with placeholders in
/// double braces. <c>v1</c>, <c>v2</c> and <c>judge</c> are built in; others are read from a folder.
/// </summary>
/// <remarks>Source: reference report on fine-tuning, sections 5 and 13.</remarks>
public sealed partial class Prompt
{
    private readonly string _system, _user;

    private Prompt(string name, string system, string user, string schema)
    {
        (Name, _system, _user, Schema) = (name, system, user, schema);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{system}\0{user}\0{schema}"));
        Version = $"{name}-{Convert.ToHexStringLower(hash)[..8]}";
    }

    /// <summary>Name of the prompt, such as <c>v2</c>.</summary>
    public string Name { get; }

    /// <summary>The name with a prefix of the hash of the files: changed files give a new version.</summary>
    public string Version { get; }

    /// <summary>JSON schema of the replies.</summary>
    public string Schema { get; }

    /// <summary>Returns the bounds of the answer length for a difficulty.</summary>
    public AnswerLength GetAnswerLength(Difficulty difficulty) =>
        IsV1 ? AnswerLength.ForV1(difficulty) : AnswerLength.ForV2(difficulty);

    private bool IsV1 => Name.StartsWith("v1", StringComparison.Ordinal);

    /// <summary>Loads a prompt.</summary>
    /// <param name="name">Name of the prompt.</param>
    /// <param name="folder">Folder of its files; null for the built-in prompts.</param>
    /// <exception cref="InvalidDataException">The prompt does not exist.</exception>
    /// <exception cref="FileNotFoundException">A file is missing from the folder.</exception>
    public static Prompt Load(string name, string? folder = null) =>
        new(name, Read($"{name}.system.md", folder), Read($"{name}.user.md", folder), Read($"{name}.schema.json", folder));

    /// <summary>Renders the system prompt.</summary>
    /// <param name="about">A few sentences about the documented system.</param>
    /// <param name="count">Maximum number of pairs to request.</param>
    public string RenderSystem(string about, int count) => Fill(_system, new()
    {
        ["about"] = about.Trim(),
        ["count"] = count.ToString(CultureInfo.InvariantCulture),
        ["types"] = string.Join(
            '\n',
            TurkishNames.Types.Select(type => $"- **{TurkishNames.GetName(type)}**: {TurkishNames.Explain(type)}")),
        ["difficulties"] = string.Join(
            '\n',
            TurkishNames.Difficulties.Select(difficulty =>
                $"- **{TurkishNames.GetName(difficulty)}**: {GetAnswerLength(difficulty).Explain()}")),
    });

    /// <summary>Renders the user prompt.</summary>
    /// <param name="values">Values of the placeholders.</param>
    /// <exception cref="InvalidDataException">The file has an unknown placeholder.</exception>
    public string RenderUser(Dictionary<string, string> values) => Fill(_user, values);

    private string Fill(string text, Dictionary<string, string> values) =>
        PlaceholderRegex()
            .Replace(text, match =>
                values.TryGetValue(match.Groups[1].Value, out var value)
                    ? value
        : throw new InvalidDataException(
            $"The prompt {Name} has the unknown placeholder {match.Value}. Known: "
                + $"{string.Join(", ", values.Keys.Select(key => $"{{{{{key}}}}}"))}."))
.Trim();

    private static string Read(string file, string? folder)
    {
        if (folder is not null)
        {
            var path = Path.Combine(folder, file);
            return File.Exists(path)
                ? TextFile.ReadAllText(path).ReplaceLineEndings("\n")
                : throw new FileNotFoundException(
                    $"{path} does not exist: a prompt consists of three files, NAME.system.md, NAME.user.md and "
                        + "NAME.schema.json.",
                    path);
        }
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)
            ?? throw new InvalidDataException(
                $"The prompt {file.Split('.')[0]} does not exist; v1 and v2 are built in. Use --prompts to give a "
                    + "folder with your own.");
        return TextFile.ReadAllText(stream, file).ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex PlaceholderRegex();
}
