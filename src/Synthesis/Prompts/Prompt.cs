using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace TurkishLlm.Synthesis.Prompts;

/// <summary>
/// What a model is told: three files, <c>NAME.system.md</c>, <c>NAME.user.md</c> and <c>NAME.schema.json</c>, with places in double
/// braces. Those of <c>v1</c>, <c>v2</c> and <c>judge</c> come with the program; others may lie in a folder.
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

    /// <summary>Such as <c>v2</c>.</summary>
    public string Name { get; }

    /// <summary>The name and the beginning of the hash of the files: another text is another version.</summary>
    public string Version { get; }

    /// <summary>JSON schema of replies.</summary>
    public string Schema { get; }

    /// <summary>Bounds of answers by difficulty.</summary>
    public AnswerLength GetAnswerLength(Difficulty difficulty) => IsV1 ? AnswerLength.ForV1(difficulty) : AnswerLength.ForV2(difficulty);

    private bool IsV1 => Name.StartsWith("v1", StringComparison.Ordinal);

    /// <summary>Reads a prompt.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="folder">Where its files are; null for those that come with the program.</param>
    /// <exception cref="InvalidDataException">There is no prompt of that name.</exception>
    /// <exception cref="FileNotFoundException">A file is missing in the folder.</exception>
    public static Prompt Load(string name, string? folder = null) =>
        new(name, Read($"{name}.system.md", folder), Read($"{name}.user.md", folder), Read($"{name}.schema.json", folder));

    /// <summary>The instructions, with the facts of this documentation and the bounds of this prompt in their places.</summary>
    /// <param name="about">A few sentences about the system that the documentation describes.</param>
    /// <param name="count">Most pairs that are asked for.</param>
    public string RenderSystem(string about, int count) => Fill(_system, new()
    {
        ["about"] = about.Trim(),
        ["count"] = count.ToString(CultureInfo.InvariantCulture),
        ["types"] = string.Join('\n', TurkishNames.Types.Select(type => $"- **{TurkishNames.GetName(type)}**: {TurkishNames.Explain(type)}")),
        ["difficulties"] = string.Join('\n', TurkishNames.Difficulties.Select(difficulty => $"- **{TurkishNames.GetName(difficulty)}**: {GetAnswerLength(difficulty).Explain()}")),
    });

    /// <summary>The request itself.</summary>
    /// <param name="values">What stands in its places.</param>
    /// <exception cref="InvalidDataException">The file has a place that is not filled.</exception>
    public string RenderUser(Dictionary<string, string> values) => Fill(_user, values);

    private string Fill(string text, Dictionary<string, string> values) => PlaceholderRegex().Replace(text, match => values.TryGetValue(match.Groups[1].Value, out var value) ? value
        : throw new InvalidDataException($"The prompt {Name} has a place {match.Value}, but what stands there is unknown. Known: {string.Join(", ", values.Keys.Select(key => $"{{{{{key}}}}}"))}.")).Trim();

    private static string Read(string file, string? folder)
    {
        if (folder is not null)
        {
            var path = Path.Combine(folder, file);
            return File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : throw new FileNotFoundException($"{path} is missing: a prompt is three files, NAME.system.md, NAME.user.md and NAME.schema.json.", path);
        }
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)
            ?? throw new InvalidDataException($"There is no prompt {file.Split('.')[0]}; the program has v1 and v2. Give the folder of your own with --prompts.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex PlaceholderRegex();
}
