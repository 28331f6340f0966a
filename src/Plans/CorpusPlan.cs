using TurkishLlm.Data.Corpus;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Plans.Chains;

namespace TurkishLlm.Plans;

/// <summary>A corpus to prepare and its tokenizer: a YAML file, for example <c>configs/corpus-r1.yaml</c>.</summary>
/// <param name="Tokenizer">Folder of the tokenizer.</param>
/// <param name="Options">Sources, filters and output.</param>
public sealed record CorpusPlan(string Tokenizer, CorpusOptions Options)
{
    /// <summary>Reads a plan.</summary>
    /// <param name="file">A YAML file.</param>
    /// <param name="overrides">Values that replace those of the file, as <c>section.key=value</c>.</param>
    /// <param name="directory">Directory that relative paths of the plan are relative to; null leaves them unchanged.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="ConfigurationException">The plan is invalid; lists all problems with file, line and column.</exception>
    public static CorpusPlan Load(string file, IEnumerable<string> overrides, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no corpus plan {file}.", file);
        return Parse(TextFile.ReadAllText(file), file, overrides, directory);
    }

    /// <summary>Returns the files and folders that the preparation reads, by the keys that name them.</summary>
    public IReadOnlyList<PlanInput> GetInputs() =>
    [
        new("tokenizer", [Tokenizer]),
        .. PlanSchema.Corpus.GetPaths(Options, key: null).Where(input => input.Key != "output"),
    ];

    /// <summary>Returns the values that affect the shards, formatted as YAML, without the output.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> GetOptions() =>
    [
        .. PlanSchema.Corpus.GetEntries(Options)
            .Where(entry => entry.Key != "output")
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Value)),
    ];

    /// <summary>Returns true for the name of a plan: a source with another ending is text.</summary>
    public static bool IsPlanFile(string? source) =>
        source is not null
        && (
            source.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase)
            || source.EndsWith(".yml", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a plan from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="file">Name of the file in errors.</param>
    /// <param name="overrides">Values that replace those of the text, as <c>section.key=value</c>.</param>
    /// <param name="directory">Directory that relative paths of the plan are relative to; null leaves them unchanged.</param>
    /// <exception cref="ConfigurationException">The plan is invalid; lists all problems with file, line and column.</exception>
    public static CorpusPlan Parse(string yaml, string file, IEnumerable<string> overrides, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(overrides);
        var document = new PlanDocument(yaml, file, overrides, directory, expectedKeys: "tokenizer: and output:")
        {
            Keys = PlanSchema.CorpusKeys,
        };
        var (options, values) = PlanSchema.Corpus.ReadAll(document.Root);
        document.ThrowIfInvalid();
        options = options! with { NearDuplicateSimilarity = options.NearDuplicateSimilarity is < 1 and var limit ? limit : null };
        try
        {
            options.Validate();
        }
        catch (InvalidDataException error)
        {
            throw new ConfigurationException(
                error.Message.Split(Environment.NewLine).Select(line => new ConfigurationProblem(line) { Location = file }));
        }
        return new((string)values["tokenizer"]!, options);
    }
}
