using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Data.RowChecks;

/// <summary>Checks fine-tuning rows as a set: repeated rows, contradictions, diversity, outliers, personal data.</summary>
/// <remarks>
/// Rows are compared if their questions match (<see cref="ComparedQuestion"/>) and their system prompts and contexts are equal.
/// The later of two rows that say the same is the duplicate. The result is a function of the rows and their order, not of the
/// number of threads. Memory: the texts of the files, and about 800 bytes per row. Spec: SFT-50, SFT-51, SFT-53. Source:
/// tutorial on fine-tuning, "Data quality checklist" (prompt diversity, length, no contradictions).
/// </remarks>
public static class RowCheck
{
    private const int BatchRows = 4096, MaxProblems = 5;

    /// <summary>Checks the rows of files.</summary>
    /// <param name="options">The files and limits.</param>
    /// <param name="progress">Receives the number of completed files and of rows read so far.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">An option or a row is invalid, or there is no row.</exception>
    public static RowCheckReport Run(
        RowCheckOptions options, Action<int, long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var rows = new List<CheckedRow>();
        var (files, problems, unknown) = (new List<CheckedFile>(), new List<string>(), new List<string>());
        var index = new QuestionIndex(rows, options.QuestionSimilarity);
        foreach (var (number, file) in options.Files.Index())
        {
            var (before, invalid, keys) = (rows.Count, 0, new UnknownKeys());
            var read = ConversationReader.Read(file, options.InputIsContext, options.SkipInvalid ? Skip : null, keys);
            foreach (var batch in read.Chunk(BatchRows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                AddBatch(number, batch, rows, index, options);
                progress?.Invoke(number, rows.Count);
            }
            files.Add(new(file, ConversationReader.DetectFormat(file), rows.Count - before, invalid));
            if (keys.Description.Length > 0) unknown.Add($"{file}: {keys.Description}");

            void Skip(string problem)
            {
                invalid++;
                if (problems.Count < MaxProblems) problems.Add(problem);
            }
        }
        if (rows.Count == 0) throw new InvalidDataException($"{string.Join(", ", options.Files)}: no row can be read.");
        return CreateReport(rows, index, options) with { Files = files, Problems = problems, UnknownKeys = unknown };
    }

    // Rows are compared with those of earlier batches on all threads, then with those before them in this batch.
    private static void AddBatch(
        int file, ConversationRow[] batch, List<CheckedRow> rows, QuestionIndex index, RowCheckOptions options)
    {
        var (first, added) = (rows.Count, new CheckedRow[batch.Length]);
        Parallel.For(0, batch.Length, i => added[i] = CheckedRow.Create(file, batch[i], options));
        rows.AddRange(added);
        var found = new IReadOnlyList<int>[batch.Length];
        Parallel.For(0, batch.Length, i => found[i] = index.FindMatches(first + i));
        for (var i = 0; i < batch.Length; i++)
            index.Add(first + i, found[i].Concat(index.FindMatches(first + i, from: first)));
    }

    private static RowCheckReport CreateReport(List<CheckedRow> rows, QuestionIndex index, RowCheckOptions options)
    {
        var findings = new (RowFinding Finding, int Other)[rows.Count];
        MarkDuplicates(rows, findings);
        var contradictions = MarkClusters(rows, index, findings, options);
        var (texts, personal) = (rows.FindAll(row => !row.IsTokens), new int[PersonalDataMask.KindCount]);
        var (questions, answers) = (
            LengthStatistics.Measure(texts.Select(row => row.QuestionBytes)),
            LengthStatistics.Measure(texts.Select(row => row.AnswerBytes)));
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            foreach (var (kind, count) in (row.PersonalData ?? []).Index()) personal[kind] += count;
            if (findings[i].Finding != RowFinding.None || row.IsTokens) continue;
            findings[i] = (
                questions.IsOutlier(row.QuestionBytes) || answers.IsOutlier(row.AnswerBytes) ? RowFinding.LengthOutlier
                : row.IsForeign ? RowFinding.LanguageOutlier
                : row.PersonalData is not null ? RowFinding.PersonalData
                : RowFinding.None, -1);
        }
        return new()
        {
            Files = [],
            Problems = [],
            UnknownKeys = [],
            Verdicts =
            [
                .. rows.Select((row, i) => new RowVerdict(
                    row.File, row.Line, row.Ordinal, findings[i].Finding,
                    findings[i].Finding is RowFinding.None or > RowFinding.Contradiction ? -1 : findings[i].Other,
                    row.PersonalData is not null)),
            ],
            TokenRows = rows.Count - texts.Count,
            Contradictions = contradictions,
            Diversity = PromptDiversity.Measure(
                texts.Count, i => texts[i].Opening, i => texts[i].Question, i => (ulong)texts[i].Key),
            QuestionLengths = questions,
            AnswerLengths = answers,
            PersonalData = personal.Index().Where(kind => kind.Item > 0)
                .ToDictionary(kind => (PersonalDataKind)kind.Index, kind => kind.Item),
        };
    }

    private static void MarkDuplicates(List<CheckedRow> rows, (RowFinding, int)[] findings)
    {
        var seen = new Dictionary<UInt128, int>();
        for (var i = 0; i < rows.Count; i++)
            if (!seen.TryAdd(rows[i].Key, i)) findings[i] = (RowFinding.Duplicate, seen[rows[i].Key]);
    }

    private static List<Contradiction> MarkClusters(
        List<CheckedRow> rows, QuestionIndex index, (RowFinding Finding, int Other)[] findings, RowCheckOptions options)
    {
        int[][] clusters =
        [
            .. Enumerable.Range(0, rows.Count)
                .Where(i => findings[i].Finding == RowFinding.None && !rows[i].IsTokens)
                .GroupBy(index.FindGroup)
                .Select(cluster => cluster.ToArray())
                .Where(cluster => cluster.Length > 1),
        ];
        var results = new (int SameAs, int Contradicts)[clusters.Length][];
        Parallel.For(0, clusters.Length, i =>
            results[i] = QuestionCluster.Compare([.. clusters[i].Select(row => rows[row])], options));

        var contradictions = new List<Contradiction>();
        foreach (var (cluster, compared) in clusters.Zip(results))
        {
            for (var i = 0; i < cluster.Length; i++)
                if (compared[i].SameAs >= 0) findings[cluster[i]] = (RowFinding.NearDuplicate, cluster[compared[i].SameAs]);
                else if (compared[i].Contradicts >= 0)
                    findings[cluster[i]] = (RowFinding.Contradiction, cluster[compared[i].Contradicts]);
            if (Array.FindIndex(compared, row => row.Contradicts >= 0) is >= 0 and var first)
                contradictions.Add(Describe(
                    compared.Count(row => row.Contradicts >= 0), rows[cluster[first]], rows[cluster[compared[first].Contradicts]],
                    options.Files));
        }
        return contradictions;
    }

    private static Contradiction Describe(int count, CheckedRow first, CheckedRow second, IReadOnlyList<string> files) => new(
        count, Locate(first, files), first.Question, first.Answer, Locate(second, files), second.Question, second.Answer);

    private static string Locate(CheckedRow row, IReadOnlyList<string> files) =>
        FormattableString.Invariant($"{files[row.File]}:{row.Line}");
}
