using TurkishLlm.Data.Corpus;
using TurkishLlm.Model;

namespace TurkishLlm.Plans;

/// <summary>What corpus to prepare, with which tokenizer: a YAML file such as <c>configs/corpus-r1.yaml</c>.</summary>
/// <param name="Tokenizer">Folder of the tokenizer.</param>
/// <param name="Options">Sources, filters and output.</param>
public sealed record CorpusPlan(string Tokenizer, CorpusOptions Options)
{
    /// <summary>Reads a plan.</summary>
    /// <param name="file">A YAML file.</param>
    /// <param name="overrides">Values that replace those of the file, as <c>section.key=value</c>.</param>
    /// <param name="directory">What relative paths of the plan are relative to; null leaves them as they are written.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ConfigurationException">The plan cannot be used; tells all problems, with file, line and column.</exception>
    public static CorpusPlan Load(string file, IEnumerable<string> overrides, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no corpus plan {file}.", file);
        return Parse(File.ReadAllText(file), file, overrides, directory);
    }

    /// <summary>Reads a plan from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="file">Its name in errors.</param>
    /// <param name="overrides">Values that replace those of the text, as <c>section.key=value</c>.</param>
    /// <param name="directory">What relative paths of the plan are relative to; null leaves them as they are written.</param>
    /// <exception cref="ConfigurationException">The plan cannot be used; tells all problems, with file, line and column.</exception>
    public static CorpusPlan Parse(string yaml, string file, IEnumerable<string> overrides, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(overrides);
        var document = new PlanDocument(yaml, file, overrides, expectedKeys: "tokenizer: and output:");
        var root = new PlanSection(document, document.Root, key: null, at: null);
        var standard = new CorpusOptions([], "");
        var tokenizer = Resolve(root.GetRequired("tokenizer", PlanValue.Text));
        var output = Resolve(root.GetRequired("output", PlanValue.Text));
        var options = new CorpusOptions(
            ReadSources(root.GetSection("sources")), output,
            root.GetOptional("validation_share", PlanValue.Number, standard.ValidationShare),
            root.GetOptional("minimum_characters", PlanValue.Integer, standard.MinimumCharacters),
            root.GetOptional("minimum_tokens", PlanValue.Integer, standard.MinimumTokens))
        {
            MinimumTurkish = root.Has("minimum_turkish") ? root.GetRequired("minimum_turkish", PlanValue.Number) : null,
            NearDuplicateSimilarity = root.GetOptional("near_duplicates", PlanValue.Number, standard.NearDuplicateSimilarity!.Value) is < 1 and var limit ? limit : null,
            EvaluationFiles = [.. root.GetOptional("evaluation_files", PlanValue.Texts, standard.EvaluationFiles).Select(Resolve)],
            OverlapWords = root.GetOptional("overlap_words", PlanValue.Integer, standard.OverlapWords),
            ValidationOverlap = root.GetOptional("validation_overlap", PlanValue.Number, standard.ValidationOverlap),
            InvalidText = root.GetOptional("invalid_text", PlanValue.Invalid, standard.InvalidText),
            Seed = root.GetOptional("seed", PlanValue.Count, standard.Seed),
            TokensPerShard = root.GetOptional("tokens_per_shard", PlanValue.Count, standard.TokensPerShard),
        };
        root.ReportKeyProblems();
        document.ThrowIfInvalid();
        try
        {
            options.Validate();
        }
        catch (InvalidDataException error)
        {
            throw new ConfigurationException(error.Message.Split(Environment.NewLine).Select(line => new ConfigurationProblem(line) { Location = file }));
        }
        return new(tokenizer, options);

        IReadOnlyList<CorpusSource> ReadSources(PlanSection sources) => [.. sources.GetKeys().Select(name => ReadSource(name, sources.GetSection(name)))];

        CorpusSource ReadSource(string name, PlanSection source)
        {
            var read = new CorpusSource(
                name, Resolve(source.GetRequired("path", PlanValue.Text)),
                source.GetOptional("weight", PlanValue.Number, 1),
                source.Has("cap") ? source.GetRequired("cap", PlanValue.Bytes) : null,
                source.GetOptional("domain", PlanValue.Text, ""));
            source.ReportKeyProblems();
            return read;
        }

        string Resolve(string? path) => string.IsNullOrEmpty(path) || directory is null ? path ?? "" : Path.GetFullPath(path, directory);
    }
}
