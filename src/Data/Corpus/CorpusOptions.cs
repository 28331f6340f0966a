using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Data.Corpus;

/// <summary>Options of the preparation of a corpus.</summary>
/// <param name="Sources">The sources of the corpus, in reading order.</param>
/// <param name="Output">The directory of shards to write. It is written atomically.</param>
/// <param name="ValidationShare">Expected fraction of documents for validation: above 0, at most 0.5.</param>
/// <param name="MinimumCharacters">Documents with fewer characters (UTF-16 code units) are excluded.</param>
/// <param name="MinimumTokens">Documents with fewer tokens, not counting their begin and end, are excluded.</param>
/// <param name="Overwrite">Prepare again and replace an existing output. Only a directory of shards is ever replaced.</param>
public sealed record CorpusOptions(
    IReadOnlyList<CorpusSource> Sources,
    string Output,
    double ValidationShare = 0.01,
    int MinimumCharacters = 20,
    int MinimumTokens = 5,
    bool Overwrite = false)
{
    /// <summary>Creates options for a corpus of one source.</summary>
    /// <param name="source">A file of text, JSON lines or Parquet, or a directory of them.</param>
    /// <param name="output">As in <see cref="Output"/>.</param>
    /// <param name="validationShare">As in <see cref="ValidationShare"/>.</param>
    /// <param name="minimumCharacters">As in <see cref="MinimumCharacters"/>.</param>
    /// <param name="minimumTokens">As in <see cref="MinimumTokens"/>.</param>
    /// <param name="overwrite">As in <see cref="Overwrite"/>.</param>
    public CorpusOptions(
        string source,
        string output,
        double validationShare = 0.01,
        int minimumCharacters = 20,
        int minimumTokens = 5,
        bool overwrite = false)
        : this([new CorpusSource("corpus", source)], output, validationShare, minimumCharacters, minimumTokens, overwrite)
    {
    }

    /// <summary>Documents with a lower <see cref="TurkishScore"/> are excluded; null accepts every language.</summary>
    public double? MinimumTurkish { get; init; }

    /// <summary>
    /// Documents at least this similar to an earlier one are excluded, see <see cref="MinHash"/>; null keeps them.
    /// </summary>
    public double? NearDuplicateSimilarity { get; init; } = 0.8;

    /// <summary>
    /// True to keep documents that equal an earlier one, as the reference report does; needs a
    /// <see cref="NearDuplicateSimilarity"/> of null, which would exclude them again.
    /// </summary>
    public bool KeepDuplicates { get; init; }

    /// <summary>Evaluation files of text, JSON or Parquet: documents that share an n-gram with one are excluded.</summary>
    public IReadOnlyList<string> EvaluationFiles { get; init; } = [];

    /// <summary>
    /// Number of words of the n-grams by which overlapping text is detected: 10 Turkish words carry as much as 13 English words.
    /// </summary>
    public int OverlapWords { get; init; } = 10;

    /// <summary>
    /// A validation document is excluded if at least this fraction of its n-grams occurs in training documents; 1 keeps all.
    /// </summary>
    public double ValidationOverlap { get; init; } = 0.5;

    /// <summary>How documents that are not valid UTF-8, and rows without text, are handled.</summary>
    public InvalidText InvalidText { get; init; } = InvalidText.Refuse;

    /// <summary>Seed of the hash that selects documents for caps and weights.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>How documents with personal data are handled, see <see cref="PersonalDataScanner"/>.</summary>
    public PersonalDataAction PersonalData { get; init; } = PersonalDataAction.Keep;

    /// <summary>True to treat IPv4 addresses as personal data.</summary>
    public bool FindIpAddresses { get; init; }

    /// <summary>Maximum number of tokens per shard (two bytes each), unless a single document has more.</summary>
    public long TokensPerShard { get; init; } = 128L << 20;

    /// <summary>Number of encoding threads. It does not affect the output.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>The options that affect the contents of the shards.</summary>
    internal ManifestOptions ToManifestOptions() => new(
        ValidationShare,
        MinimumCharacters, MinimumTokens, MinimumTurkish, NearDuplicateSimilarity, OverlapWords, ValidationOverlap,
        InvalidText, Seed, TokensPerShard, KeepDuplicates,
        PersonalData == PersonalDataAction.Keep ? null : PersonalData,
        PersonalData != PersonalDataAction.Keep && FindIpAddresses ? true : null);

    /// <summary>Throws if an option is out of range; the message lists all such options.</summary>
    /// <exception cref="InvalidDataException">An option is out of range.</exception>
    public void Validate()
    {
        List<string> problems = [];
        if (!(ValidationShare is > 0 and <= 0.5))
            AddProblem($"ValidationShare is {ValidationShare}; it must be above 0 and at most 0.5, such as 0.01.");
        RequireAtLeast(0, MinimumCharacters, nameof(MinimumCharacters));
        RequireAtLeast(1, MinimumTokens, nameof(MinimumTokens));
        if (MinimumTurkish is { } turkish && !(turkish is >= -1 and <= 1))
            AddProblem($"MinimumTurkish is {turkish}; scores are -1 to 1, and 0.1 keeps Turkish.");
        if (NearDuplicateSimilarity is { } similarity && !(similarity is >= 0.5 and <= 1))
            AddProblem($"NearDuplicateSimilarity is {similarity}; it must be 0.5 to 1, such as 0.8.");
        if (KeepDuplicates && NearDuplicateSimilarity is not null)
            AddProblem($"KeepDuplicates keeps equal documents, which near_duplicates excludes. Add near_duplicates: 1.");
        RequireAtLeast(3, OverlapWords, nameof(OverlapWords));
        if (!(ValidationOverlap is > 0 and <= 1))
            AddProblem($"ValidationOverlap is {ValidationOverlap}; it must be above 0 and at most 1, such as 0.5.");
        RequireAtLeast(1, TokensPerShard, nameof(TokensPerShard));
        RequireAtLeast(1, Workers, nameof(Workers));
        RequireAtLeast(1, Sources.Count, "The number of sources");
        foreach (var source in Sources)
        {
            if (!(source.Weight is > 0 and <= 100))
                AddProblem($"The weight of {source.Name} is {source.Weight}; it must be above 0 and at most 100.");
            if (source.CapBytes is { } cap) RequireAtLeast(1, cap, $"The cap of {source.Name}");
        }
        foreach (var duplicate in Sources.GroupBy(source => source.Name).Where(same => same.Count() > 1))
            AddProblem($"Two sources are named {duplicate.Key}; names must be unique.");
        if (problems.Count > 0) throw new InvalidDataException(string.Join(Environment.NewLine, problems));

        void RequireAtLeast(long minimum, long value, string name)
        {
            if (value < minimum) AddProblem($"{name} is {value}; it must be at least {minimum}.");
        }

        void AddProblem(FormattableString text) => problems.Add(text.ToString(CultureInfo.InvariantCulture));
    }
}
