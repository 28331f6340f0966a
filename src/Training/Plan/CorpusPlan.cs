using TurkishLlm.Data;
using TurkishLlm.Model;

namespace TurkishLlm.Training;

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
        var document = new PlanDocument(yaml, file, overrides, begins: "tokenizer: and output:");
        var root = new PlanSection(document, document.Root, key: null, at: null);
        var standard = new CorpusOptions([], "");
        var tokenizer = Resolve(root.Required("tokenizer", PlanValue.Text));
        var output = Resolve(root.Required("output", PlanValue.Text));
        var options = new CorpusOptions(
            ReadSources(root.Section("sources")), output,
            root.Optional("validation_share", PlanValue.Number, standard.ValidationShare),
            root.Optional("minimum_characters", PlanValue.Integer, standard.MinimumCharacters),
            root.Optional("minimum_tokens", PlanValue.Integer, standard.MinimumTokens))
        {
            MinimumTurkish = root.Has("minimum_turkish") ? root.Required("minimum_turkish", PlanValue.Number) : null,
            NearDuplicateSimilarity = root.Optional("near_duplicates", PlanValue.Number, standard.NearDuplicateSimilarity!.Value) is < 1 and var limit ? limit : null,
            EvaluationFiles = [.. root.Optional("evaluation_files", PlanValue.Texts, standard.EvaluationFiles).Select(Resolve)],
            OverlapWords = root.Optional("overlap_words", PlanValue.Integer, standard.OverlapWords),
            ValidationOverlap = root.Optional("validation_overlap", PlanValue.Number, standard.ValidationOverlap),
            InvalidText = root.Optional("invalid_text", PlanValue.Invalid, standard.InvalidText),
            Seed = root.Optional("seed", PlanValue.Count, standard.Seed),
            TokensPerShard = root.Optional("tokens_per_shard", PlanValue.Count, standard.TokensPerShard),
        };
        root.Close();
        document.ThrowIfAny();
        try
        {
            options.Check();
        }
        catch (InvalidDataException error)
        {
            throw new ConfigurationException(error.Message.Split(Environment.NewLine).Select(line => new ConfigurationProblem(line) { Place = file }));
        }
        return new(tokenizer, options);

        IReadOnlyList<CorpusSource> ReadSources(PlanSection sources) => [.. sources.Names().Select(name => ReadSource(name, sources.Section(name)))];

        CorpusSource ReadSource(string name, PlanSection source)
        {
            var read = new CorpusSource(
                name, Resolve(source.Required("path", PlanValue.Text)),
                source.Optional("weight", PlanValue.Number, 1),
                source.Has("cap") ? source.Required("cap", PlanValue.Bytes) : null,
                source.Optional("domain", PlanValue.Text, ""));
            source.Close();
            return read;
        }

        string Resolve(string? path) => string.IsNullOrEmpty(path) || directory is null ? path ?? "" : Path.GetFullPath(path, directory);
    }
}
