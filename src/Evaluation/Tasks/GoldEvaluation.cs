using TurkishLlm.Data.Retrieval;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Evaluates a model on gold rows: questions with known answers.</summary>
/// <param name="Rows">The gold rows.</param>
/// <param name="Results">The result of each row, in order; null if the row is too long for the model.</param>
public sealed record GoldEvaluation(IReadOnlyList<GoldRow> Rows, IReadOnlyList<RowResult?> Results)
{
    /// <summary>Rows that are too long, even with a shortened context.</summary>
    public IEnumerable<GoldRow> TooLong => Rows.Where((_, i) => Results[i] is null);

    /// <summary>Summarizes every metric, per task type or over all rows.</summary>
    /// <param name="bootstrap">Computes intervals.</param>
    public IReadOnlyList<MetricSummary> Summarize(Bootstrap bootstrap)
    {
        ArgumentNullException.ThrowIfNull(bootstrap);
        return [.. GetKeys(Results).Select(key =>
        {
            var values = GetValues(key).Values.ToArray();
            return new MetricSummary(
                key.Shape, key.Metric, RowValue.Mean(values), key.Metric == Metric.Chance ? null : bootstrap.GetInterval(values),
                values.Length);
        })];
    }

    /// <summary>Compares this model with another one, on the rows that both answered.</summary>
    /// <param name="other">The evaluation of the other model, on the same rows.</param>
    /// <param name="bootstrap">Computes intervals.</param>
    public IReadOnlyList<MetricComparison> Compare(GoldEvaluation other, Bootstrap bootstrap)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(bootstrap);
        var comparisons = new List<MetricComparison>();
        foreach (var key in GetKeys(Results).Where(key => key.Metric != Metric.Chance))
        {
            var (own, others) = (GetValues(key), other.GetValues(key));
            int[] both = [.. own.Keys.Where(others.ContainsKey)];
            if (both.Length == 0) continue;
            RowValue[] first = [.. both.Select(i => others[i])], second = [.. both.Select(i => own[i])];
            var sign = key.Metric.LowerIsBetter ? -1 : 1;
            var differences = first.Zip(second, (a, b) => sign * (b.Sum / b.Weight - a.Sum / a.Weight)).ToArray();
            comparisons.Add(
                new(
                    key.Shape, key.Metric, RowValue.Mean(second), RowValue.Mean(first),
                    bootstrap.GetDifferenceInterval(first, second),
                    differences.Count(d => d > 0),
                    differences.Count(d => d < 0),
                    both.Length));
        }
        return comparisons;
    }

    /// <summary>Runs a model on all rows.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">The gold rows.</param>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives the number of completed rows.</param>
    /// <param name="cancellationToken">Cancels before the next token.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public static GoldEvaluation Run(
        IAnswerModel model, IReadOnlyList<GoldRow> rows, EvaluationOptions options,
        Action<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var results = new RowResult?[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            results[i] = Ask(model, rows[i], i, options, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Invoke(i + 1);
        }
        return new(rows, results);
    }

    private static RowResult? Ask(
        IAnswerModel model, GoldRow row, int number, EvaluationOptions options, CancellationToken cancellationToken)
    {
        var longest = row
            .Choices.Select(choice => ChatMessage.Assistant(choice))
            .Append(row.Reference)
            .Max(answer => model.CountTokens(row.Prompt, answer));
        if (
            model.FitToContext(
                row.Prompt,
                row.IsChoice ? longest - 1 : Math.Max(longest - 1, model.GetAnswerBudget(options.MaxTokens)))
            is not { } prompt)
            return null;

        var losses = model.ComputeLosses(prompt, row.Reference);
        var values = new Dictionary<Metric, RowValue> { [Metric.Loss] = new(losses.Sum(), losses.Count) };
        if (row.IsChoice) return Choose(model, row, prompt, options, values);

        var answer = model.Answer(prompt, SamplingOptions.Greedy(options.MaxTokens), cancellationToken);
        if (model.HasTurns) MeasureForm(answer, values);
        Measure(row, answer, options, values);
        Answer[] samples = row.TaskType == TaskType.Refusal ? [] : Sample(model, prompt, number, options, cancellationToken);
        if (samples.Length > 0)
            foreach (var k in options.PassAt)
                values[Metric.PassAt(k)] =
                    new(PassAtK.Estimate(samples.Length, samples.Count(sample => IsRight(row, sample)), k));
        return new(row, answer.ToolCall is null ? answer.Text : $"{answer.Text}\n{answer.ToolCall}", answer.FinishReason, values)
        {
            Samples = samples,
        };
    }

    // Every sample of every row has a seed of its own: equal seeds give equal answers, which count as one.
    private static Answer[] Sample(
        IAnswerModel model, Conversation prompt, int number, EvaluationOptions options, CancellationToken cancellationToken) =>
        [
            .. Enumerable
                .Range(0, options.SamplesPerQuestion)
                .Select(sample => model.Answer(
                    prompt,
                    options.Sampling with
                    {
                        MaxTokens = options.MaxTokens,
                        Seed = options.Seed + (long)number * options.SamplesPerQuestion + sample,
                    },
                    cancellationToken)),
        ];

    private static RowResult Choose(
        IAnswerModel model, GoldRow row, Conversation prompt, EvaluationOptions options, Dictionary<Metric, RowValue> values)
    {
        var losses = ChoiceScores.ComputeLosses(model, prompt, row.Choices);
        var preferred = Prefer(ChoiceNormalization.None);
        values[Metric.Accuracy] = RowValue.FromBoolean(preferred == row.Reference.Text);
        if (options.ChoiceNormalization != ChoiceNormalization.None)
            values[Metric.NormalizedAccuracy] =
                RowValue.FromBoolean(Prefer(options.ChoiceNormalization) == row.Reference.Text);
        values[Metric.Chance] = new(1.0 / row.Choices.Count);
        return new(row, preferred, FinishReason: null, values);

        string Prefer(ChoiceNormalization normalization) =>
            row.Choices[ChoiceScores.FindPreferred(row.Choices, losses, normalization)];
    }

    private static void MeasureForm(Answer answer, Dictionary<Metric, RowValue> values)
    {
        var format = FormatCheck.Check(answer);
        values[Metric.NonEmpty] = RowValue.FromBoolean(format.IsNonEmpty);
        values[Metric.EndsTurn] = RowValue.FromBoolean(format.EndsTurn);
        values[Metric.NoOtherTurn] = RowValue.FromBoolean(format.HasNoOtherTurn);
        values[Metric.NoControlTokens] = RowValue.FromBoolean(format.HasNoControlTokens);
        values[Metric.FormatCompliance] = RowValue.FromBoolean(format.IsCompliant);
    }

    private static void Measure(GoldRow row, Answer answer, EvaluationOptions options, Dictionary<Metric, RowValue> values)
    {
        var refused = Refusal.IsRefusal(answer.Text, options.Refusal);
        switch (row.TaskType)
        {
            case TaskType.Refusal:
                values[Metric.RefusalRate] = RowValue.FromBoolean(refused);
                return;
            case TaskType.Extraction:
                values[Metric.ValidJson] = RowValue.FromBoolean(FieldMatch.IsObject(answer.Text));
                values[Metric.FieldF1] = new(FieldMatch.F1(answer.Text, row.Reference.Text));
                values[Metric.ExactMatch] = RowValue.FromBoolean(IsRight(row, answer));
                return;
            case TaskType.Number:
                values[Metric.ExactMatch] = RowValue.FromBoolean(IsRight(row, answer));
                values[Metric.LastNumber] = RowValue.FromBoolean(
                    FinalNumber.FindLast(answer.Text) is { } last && last == FinalNumber.FindMarked(row.Reference.Text));
                return;
        }
        var (text, references) = (GetText(row, answer.Text), row.References.Select(right => GetText(row, right)).ToArray());
        values[Metric.ExactMatch] = RowValue.FromBoolean(IsRight(row, answer));
        values[Metric.F1] = new(references.Max(right => WordOverlap.F1(text, right)));
        values[Metric.RougeL] = new(references.Max(right => RougeL.Compute(text, right)));
        values[Metric.ChrF] = new(references.Max(right => ChrFScore.Compute(text, right)));
        values[Metric.FalseRefusalRate] = RowValue.FromBoolean(refused);
        if (row.TaskType == TaskType.GroundedAnswer) MeasureGrounding(row, answer.Text, references, refused, values);
    }

    private static void MeasureGrounding(
        GoldRow row, string answer, string[] references, bool refused, Dictionary<Metric, RowValue> values)
    {
        string[] context = [.. row.Context];
        if (references.Max(right => Groundedness.Compute(right, row.Question, context)) is { } known)
            values[Metric.AnswerInContext] = new(known);
        if (refused) return;
        var text = Citation.Remove(answer);
        if (Groundedness.Compute(text, row.Question, context) is { } share) values[Metric.Grounded] = new(share);
        var cited = Citation.Find(answer);
        var passages = context.ToLookup(Citation.FindNumber);
        if (passages.Any(passage => passage.Key is not null)
            && Groundedness.Compute(text, row.Question, cited.SelectMany(number => passages[number])) is { } support)
            values[Metric.CitationSupport] = new(support);
    }

    // An answer from a context may cite its passages; the words are compared without the citations.
    private static string GetText(GoldRow row, string answer) =>
        row.TaskType == TaskType.GroundedAnswer ? Citation.Remove(answer) : answer;

    private static bool IsRight(GoldRow row, Answer answer) => row.TaskType switch
    {
        TaskType.Extraction => FieldMatch.F1(answer.Text, row.Reference.Text) == 1,
        TaskType.Number => FinalNumber.FindMarked(answer.Text) is { } number
            && number == FinalNumber.FindMarked(row.Reference.Text),
        _ => row.References.Any(right => WordOverlap.IsExactMatch(GetText(row, answer.Text), GetText(row, right)))
            && WordOverlap.IsExactMatch(answer.ToolCall ?? "", row.Reference.ToolCall ?? ""),
    };

    // In the order of task types, then of first occurrence; metrics over all rows come last.
    private static IEnumerable<(TaskType? Shape, Metric Metric)> GetKeys(IEnumerable<RowResult?> results) =>
        results
            .OfType<RowResult>()
        .SelectMany(result =>
            result.Values.Keys.Select(metric =>
                (Shape: metric.AppliesToAllTasks ? null : (TaskType?)result.Row.TaskType, metric)))
        .Distinct().OrderBy(key => key.Shape ?? (TaskType)int.MaxValue);

    private Dictionary<int, RowValue> GetValues((TaskType? Shape, Metric Metric) key) => Results.Index()
        .Where(result =>
            result.Item is not null
            && (key.Shape is null || result.Item.Row.TaskType == key.Shape)
            && result.Item.Values.ContainsKey(key.Metric))
        .ToDictionary(result => result.Index, result => result.Item!.Values[key.Metric]);
}

/// <summary>The value of a metric.</summary>
/// <param name="TaskType">Task type of the rows; null for all.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Value">Its value.</param>
/// <param name="Interval">Confidence interval of the value; null for a single row.</param>
/// <param name="Rows">Number of rows with this metric.</param>
public sealed record MetricSummary(TaskType? TaskType, Metric Metric, double Value, ConfidenceInterval? Interval, int Rows);

/// <summary>The values of a metric for two models on the same rows.</summary>
/// <param name="TaskType">Task type of the rows; null for all.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Value">Value of the evaluated model.</param>
/// <param name="Other">Value of the other model.</param>
/// <param name="Difference">Confidence interval of value − other.</param>
/// <param name="BetterRows">Number of rows on which the evaluated model is better.</param>
/// <param name="WorseRows">Number of rows on which it is worse.</param>
/// <param name="Rows">Number of rows with this metric for both.</param>
public sealed record MetricComparison(
    TaskType? TaskType, Metric Metric, double Value, double Other, ConfidenceInterval? Difference, int BetterRows, int WorseRows,
    int Rows)
{
    // Sign test for rows that all differ in one direction: 2 · 0.5^6 = 3 %; with five rows it would be 6 %.
    private const int MinimumDifferentRows = 6;

    /// <summary>
    /// True if the difference is significant: its interval excludes 0, and at least six rows differ. With fewer rows the sign
    /// test cannot reach a confidence of 95 %, although the bootstrap, which knows no other rows, may.
    /// </summary>
    public bool IsSignificant => Difference is { ExcludesZero: true } && BetterRows + WorseRows >= MinimumDifferentRows;
}
