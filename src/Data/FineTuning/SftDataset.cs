using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.FineTuning;

/// <summary>
/// The examples of a fine-tuning run: loads them, removes duplicates and examples of gold files, truncates them, and splits them
/// into training and held-out examples.
/// </summary>
/// <remarks>
/// All examples are in memory, with 3 bytes per token. Nothing depends on the number of threads. The held-out examples are a
/// function of the rows and the seed, not of the order of files. Spec: SFT-31, SFT-32, SFT-38, SFT-41, SFT-61.
/// </remarks>
public sealed class SftDataset
{
    private const int MaxReportedProblems = 5;

    private SftDataset(
        IReadOnlyList<SftSourceReport> report, IReadOnlyList<SftSourceReport> validationReport, IReadOnlyList<SftExample> train,
        IReadOnlyList<SftExample> validation) =>
        (Report, ValidationReport, Train, Validation) = (report, validationReport, train, validation);

    /// <summary>Outcome of all rows, per source.</summary>
    public IReadOnlyList<SftSourceReport> Report { get; }

    /// <summary>Outcome of all rows, per validation file; empty if a share of the sources is held out.</summary>
    public IReadOnlyList<SftSourceReport> ValidationReport { get; }

    /// <summary>The training examples in the order of the files, each repeated according to the weight of its source.</summary>
    public IReadOnlyList<SftExample> Train { get; }

    /// <summary>The held-out examples, each once.</summary>
    public IReadOnlyList<SftExample> Validation { get; }

    /// <summary>Loads and splits the examples.</summary>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="options">Sources and options.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// A row is invalid, a token is not in the vocabulary, or no training example or none of the validation files is left.
    /// </exception>
    public static SftDataset Open(ChatTemplate template, Tokenizer tokenizer, SftOptions options)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(options);
        var gold = ProtectedExamples.ReadGold(options.GoldFiles);
        var sources = GetSources(options);
        var problems = sources.Select(_ => new List<string>()).ToArray();
        var unknown = sources.Select(_ => new UnknownKeys()).ToArray();
        var rows = sources
            .SelectMany(
                (source, i) =>
                    Read(source, tokenizer, options.SkipInvalid ? problems[i].Add : null, unknown[i])
                        .Select(row => new Candidate(i, row)))
            .ToArray();
        var first = options.Sources.Count;      // of the sources that are validation files
        var validationRows = new ProtectedExamples(rows.Where(row => row.Source >= first).Select(row => row.Row));

        Parallel.ForEach(rows, row =>
        {
            row.Keys = RowKeys.Compute(row.Row);
            row.Truncation = TruncationResult.TruncateRow(template, tokenizer, row.Row, options);
            row.IsGold = gold.Contains(row.Row, row.Keys);
            row.IsInValidation = row.Source < first && validationRows.Contains(row.Row, row.Keys);
        });
        AssignOutcomes(rows, options);
        if (options.Curriculum is { } curriculum) Prune(rows, curriculum);

        var report = sources
            .Select((source, i) => Describe(source, [.. rows.Where(row => row.Source == i)], problems[i]) with
            {
                UnknownKeys = unknown[i].Description,
            })
            .ToArray();
        var (train, validation) = (
            CreateExamples(rows, RowOutcome.Train, options),
            CreateExamples(rows, RowOutcome.Validation, options));
        if (train.Length == 0)
            throw new InvalidDataException(
                $"No training example is left: {string.Join("; ", report.Take(first).Select(Summarize))}. Add rows, increase "
                    + "the sequence length, or change the options.");
        if (validation.Length == 0 && options.ValidationFiles.Count > 0)
            throw new InvalidDataException(
                $"No validation example is left: {string.Join("; ", report.Skip(first).Select(Summarize))}. Add rows to "
                    + "sft.validation, or increase the sequence length.");
        return new([.. report.Take(first)], [.. report.Skip(first)], train, validation);
    }

    // Validation files follow the sources, and are read as they are.
    private static SftSource[] GetSources(SftOptions options) =>
    [
        .. options.Sources,
        .. options.ValidationFiles.Select(file => new SftSource(
            Path.GetFileName(file), file, InputIsContext: options.Sources.Any(source => source.InputIsContext))),
    ];

    private static IEnumerable<ConversationRow> Read(
        SftSource source, Tokenizer tokenizer, Action<string>? onSkipped, UnknownKeys unknown) =>
        ConversationReader.Read(source.Path, source.InputIsContext, onSkipped, unknown)
            .SelectMany(row => RowSkipper.ReadOne(() => RequireTokens(row, tokenizer), onSkipped));

    private static ConversationRow RequireTokens(ConversationRow row, Tokenizer tokenizer)
    {
        foreach (var id in row.Tokens?.Ids ?? [])
            if (id >= tokenizer.VocabularySize)
                throw new InvalidDataException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{row.Location}: token {id} does not exist; the vocabulary has the ids 0 … "
                            + $"{tokenizer.VocabularySize - 1}."));
        return row;
    }

    // Sets the outcome of every row. Of equal rows the first is kept, and its group determines the split.
    private static void AssignOutcomes(Candidate[] rows, SftOptions options)
    {
        var (seen, groups, kept) = (new HashSet<UInt128>(), new SplitGroups(), new List<Candidate>());
        foreach (var row in rows)
        {
            row.Outcome =
                row.Truncation.Tokens is null ? row.Truncation.Outcome
                : row.IsGold ? RowOutcome.Gold
                : row.IsInValidation ? RowOutcome.InValidation
                : seen.Add(row.Keys.WholeConversation) ? RowOutcome.Train
                : RowOutcome.Duplicate;
            if (row.Outcome != RowOutcome.Train) continue;
            if (row.Source >= options.Sources.Count)
            {
                row.Outcome = RowOutcome.Validation;
                continue;
            }
            groups.Add(row.Keys.QuestionAndContext, row.Keys.QuestionAndAnswer);
            kept.Add(row);
        }

        foreach (
            var heldOut in HeldOutExamples.Choose(
                groups,
                [.. kept.Select(row => ComputePriority(row, options.Seed))],
                options.ValidationShare))
            kept[heldOut].Outcome = RowOutcome.Validation;
    }

    // Held-out examples stay as they are, so the validation loss can be compared with that of other runs.
    private static void Prune(Candidate[] rows, Curriculum curriculum)
    {
        var train = Array.FindAll(rows, row => row.Outcome == RowOutcome.Train);
        var bands = CurriculumSelection.Select(
            curriculum, [.. train.Select(row => (RowScore.GetKey(row.Row), row.Row.Location))]);
        foreach (var (row, band) in train.Zip(bands))
        {
            row.Band = Math.Max(0, band);
            if (band == CurriculumSelection.Excluded) row.Outcome = RowOutcome.Pruned;
        }
    }

    private static SftExample[] CreateExamples(Candidate[] rows, RowOutcome outcome, SftOptions options)
    {
        var once = rows.Where(row => row.Outcome == outcome)
            .Select(row => new SftExample(
                row.Source, row.Row.Location, row.Truncation.Tokens!,
                ComputePriority(row, options.Seed), row.Band));
        if (outcome != RowOutcome.Train) return [.. once];
        return
        [
            .. once.GroupBy(row => row.Source).SelectMany(source => ApplyWeight([.. source], options.Sources[source.Key].Weight)),
        ];
    }

    // Whole copies, then one more of the rows with the lowest priorities: independent of the order of the rows.
    private static IEnumerable<SftExample> ApplyWeight(SftExample[] rows, double weight)
    {
        var (copies, more) = (
            (int)Math.Floor(weight),
            (int)Math.Round((weight - Math.Floor(weight)) * rows.Length, MidpointRounding.AwayFromZero));
        return [.. Enumerable.Repeat(rows, copies).SelectMany(all => all), .. rows.OrderBy(row => row.Priority).Take(more)];
    }

    private static SftSourceReport Describe(SftSource source, Candidate[] rows, List<string> problems)
    {
        var counts = rows.GroupBy(row => row.Outcome).ToDictionary(outcome => outcome.Key, outcome => outcome.LongCount());
        if (problems.Count > 0) counts[RowOutcome.Invalid] = problems.Count;
        var train = rows.Where(row => row.Outcome == RowOutcome.Train).ToArray();
        return new(source.Name, source.Path, ConversationReader.DetectFormat(source.Path))
        {
            Rows = counts,
            Truncations = rows.Where(row =>
                    row.Outcome is RowOutcome.Train or RowOutcome.Validation && row.Truncation.Cut != TruncatedPart.None)
                .GroupBy(row => row.Truncation.Cut)
                .ToDictionary(cut => cut.Key, cut => cut.LongCount()),
            Problems = [.. problems.Take(MaxReportedProblems)],
            Labels =
            [
                .. train
                    .Where(row => row.Row.Label is not null)
                    .GroupBy(row => row.Row.Label!, StringComparer.Ordinal)
                    .Select(label => (label.Key, label.LongCount()))
                    .OrderByDescending(label => label.Item2)
                    .ThenBy(label => label.Key, StringComparer.Ordinal),
            ],
            Tokens = train.Sum(row => (long)row.Truncation.Tokens!.Length + 1),
            SupervisedTokens = train.Sum(row => (long)row.Truncation.Tokens!.SupervisedCount),
        };
    }

    private static ulong ComputePriority(Candidate row, long seed) =>
        SplitMix64.Mix((ulong)row.Keys.WholeConversation ^ SplitMix64.Mix((ulong)seed));

    private static string Summarize(SftSourceReport source) =>
        $"{source.Name} has "
        + string.Join(
            ", ",
            source.Rows.OrderBy(outcome => outcome.Key)
                .Select(outcome => string.Create(CultureInfo.InvariantCulture, $"{outcome.Value} {outcome.Key}")));

    private sealed class Candidate(int source, ConversationRow row)
    {
        public int Source { get; } = source;

        public ConversationRow Row { get; } = row;

        public RowKeys Keys { get; set; }

        public TruncationResult Truncation { get; set; } = null!;

        public bool IsGold { get; set; }

        public bool IsInValidation { get; set; }

        public RowOutcome Outcome { get; set; }

        public int Band { get; set; }
    }
}

/// <summary>A training or held-out example.</summary>
/// <param name="Source">Index of its source; validation files follow the sources.</param>
/// <param name="Location">File and line of its row.</param>
/// <param name="Tokens">The tokens with their loss mask.</param>
/// <param name="Priority">A number that depends only on its text and the seed.</param>
/// <param name="Band">Band of its loss, from 0 for the lowest; 0 without a curriculum.</param>
public sealed record SftExample(int Source, string Location, TokenizedExample Tokens, ulong Priority, int Band = 0);
