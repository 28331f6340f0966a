using FluentAssertions;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Evaluation;

/// <summary>Metrics of a model that always gives the same answer, calculated by hand.</summary>
[Trait("Suite", "Fast")]
public sealed class GoldEvaluationTests
{
    private static readonly EvaluationOptions Options = new() { MaxTokens = 20 };

    [Fact]
    public void Every_shape_has_the_metrics_that_match_it()
    {
        var names = Run(
            "Iğdır'da.", Row(TaskType.Answer, "Iğdır'da."),
            Row(TaskType.GroundedAnswer, "Ankara'da.", context: "Makara Iğdır'da."),
            Row(TaskType.Refusal, "Bu konuda bilgim yok."),
                Row(TaskType.Extraction, """{"yer": "Iğdır"}"""),
                Row(TaskType.MultipleChoice, "Iğdır'da.", choices: ["Iğdır'da.", "Ankara'da."]))
            .Results.Select(result =>
                string.Join(' ', result!.Values.Keys.Where(metric => !metric.AppliesToAllTasks).Select(metric => metric.Name)));
        names.Should().Equal(
            "exact_match f1 rouge_l chrf false_refusal_rate",
            "exact_match f1 rouge_l chrf false_refusal_rate answer_in_context groundedness", "refusal_rate",
            "valid_json field_f1 exact_match", "accuracy accuracy_norm chance");
    }

    [Fact]
    public void Metrics_are_those_of_the_answer()
    {
        var evaluation = Run(
            "Iğdır'da üç.", Row(TaskType.Answer, "IĞDIR üç"),
            Row(TaskType.Answer, "Ankara'da", alternatives: ["üç tane", "üç iki bir"]),
            Row(TaskType.GroundedAnswer, "dört", context: "üç tane"));
        Values(evaluation, Metric.ExactMatch).Should().Equal(1, 0, 0);
        Values(evaluation, Metric.F1).Should().Equal(1, 0.5, 0);
        Values(evaluation, Metric.Grounded).Should().Equal(double.NaN, double.NaN, 0.5);
        Values(evaluation, Metric.FormatCompliance).Should().Equal(1, 1, 1);
        evaluation
            .Results.Select(result => (result!.Answer, result.FinishReason))
            .Distinct()
            .Should()
            .Equal(("Iğdır'da üç.", FinishReason.EndOfTurn));
    }

    [Fact]
    public void Refusals_are_correct_for_unanswerable_questions_and_wrong_for_answerable_ones()
    {
        var evaluation = Run(
            "Bu konuda bilgim yok.", Row(TaskType.Refusal, "Bu konuda bilgim yok"),
            Row(TaskType.GroundedAnswer, "üç", context: "üç tane"));
        Values(evaluation, Metric.RefusalRate).Should().Equal(1, double.NaN);
        Values(evaluation, Metric.FalseRefusalRate).Should().Equal(double.NaN, 1);
        Values(evaluation, Metric.Grounded).Should().OnlyContain(value => double.IsNaN(value));
    }

    [Fact]
    public void The_right_choice_is_preferred_by_a_model_that_says_it()
    {
        var evaluation = Run(
            "Iğdır'da.", Row(TaskType.MultipleChoice, "Iğdır'da.", choices: ["Ankara'da.", "Iğdır'da.", "İzmir'de."]),
            Row(TaskType.Classification, "satış", choices: ["finans", "satış"]));
        Values(evaluation, Metric.Accuracy)[0].Should().Be(1);
        Values(evaluation, Metric.Chance).Should().Equal(1 / 3.0, 0.5);
        evaluation.Results[0]!.Should().Match<RowResult>(result => result.Answer == "Iğdır'da." && result.FinishReason == null);
    }

    [Fact]
    public void Drawn_answers_count_for_pass_at_k_alone()
    {
        // After the first token the model is certain, so that all draws are correct or none is.
        var evaluation = Run(
            "Iğdır'da.", Options with
            {
                SamplesPerQuestion = 3,
                PassAt = [1, 3],
            },
            Row(TaskType.Answer, "ığdır"), Row(TaskType.Answer, "Ankara"),
            Row(TaskType.Refusal, Refusal.DefaultText));
        Values(evaluation, Metric.PassAt(1)).Should().Equal(1, 0, double.NaN);
        Values(evaluation, Metric.PassAt(3)).Should().Equal(1, 0, double.NaN);
    }

    [Fact]
    public void Loss_is_over_all_tokens_and_excess_length_are_skipped_and_reported()
    {
        var long_ = Row(TaskType.Answer, string.Join(' ', Enumerable.Repeat("makara", 200)));
        var evaluation = Run("Iğdır'da.", Row(TaskType.Answer, "Iğdır'da."), long_, Row(TaskType.Answer, "Ankara'da. Evet."));
        evaluation.Results[1].Should().BeNull();
        evaluation.TooLong.Should().Equal(long_);
        var losses = new[] { 0, 2 }.Select(i => evaluation.Results[i]!.Values[Metric.Loss]).ToArray();
        losses[0].Sum.Should().BeLessThan(0.01);
        evaluation
            .Summarize(new Bootstrap(1, 100))
            .Single(metric => metric.Metric == Metric.Loss)
            .Should()
            .Match<MetricSummary>(loss =>
                loss.Rows == 2
                && loss.TaskType == null
            && loss.Value == (losses[0].Sum + losses[1].Sum) / (losses[0].Weight + losses[1].Weight));
    }

    [Fact]
    public void Two_models_are_compared_on_the_rows_that_both_were_asked()
    {
        GoldRow[] rows = [.. Enumerable.Range(0, 6).Select(i => Row(TaskType.Answer, i < 4 ? "Iğdır'da." : "Ankara'da."))];
        var (right, wrong) = (Run("Iğdır'da.", rows), Run("Ankara'da.", rows));
        wrong = wrong with { Results = [null, .. wrong.Results.Skip(1)] };
        var exact = right.Compare(wrong, new Bootstrap(5, 500)).Single(metric => metric.Metric == Metric.ExactMatch);
        (exact.Value, exact.Other, exact.BetterRows, exact.WorseRows, exact.Rows).Should().Be((0.6, 0.4, 3, 2, 5));
        exact.Difference!.Value.ExcludesZero.Should().BeFalse();
        exact.IsSignificant.Should().BeFalse();
        right
            .Compare(wrong, new Bootstrap(5, 500))
            .Should()
            .Contain(metric => metric.Metric == Metric.Loss && metric.BetterRows == 3 && metric.WorseRows == 2);
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void A_difference_is_shown_by_six_rows_and_not_by_five(int rows, bool shown)
    {
        GoldRow[] asked = [.. Enumerable.Range(0, rows).Select(_ => Row(TaskType.Answer, "Iğdır'da."))];
        var exact = Run("Iğdır'da.", asked)
            .Compare(Run("Ankara'da.", asked), new Bootstrap(5, 500))
            .Single(metric => metric.Metric == Metric.ExactMatch);
        (exact.Difference, exact.IsSignificant).Should().Be((new ConfidenceInterval(1, 1), shown));
    }

    [Fact]
    public void Options_that_cannot_be_followed_are_refused_all_at_once() =>
        FluentActions
            .Invoking(() => (Options with { MaxTokens = 0, SamplesPerQuestion = 2, PassAt = [1, 3], Resamples = 9 }).Validate())
        .Should().Throw<ConfigurationException>().Which.Message.Should()
        .Contain("max_tokens is 0; it must be at least 1.")
        .And.Contain("pass@3 needs k ≥ 1 and at least 3 samples; samples is 2.")
        .And.Contain("resamples is 9; it must be at least 100 for percentiles.");

    [Fact]
    public void Every_sample_of_every_row_has_random_numbers_of_its_own()
    {
        // The same question in all rows, so that only the seed can make answers differ.
        GoldRow[] rows = [.. Enumerable.Range(0, 5).Select(_ => Row(TaskType.Answer, "Iğdır'da."))];
        var (samples, again) = (SampleAnswers(rows, seed: 3), SampleAnswers(rows, seed: 3));
        var other = SampleAnswers(rows, seed: 1_000);
        samples.Should().HaveCount(rows.Length * 4).And.OnlyHaveUniqueItems();
        again.Should().Equal(samples);
        other.Should().OnlyHaveUniqueItems().And.NotIntersectWith(samples);
    }

    [Fact]
    public void Samples_follow_their_options_and_the_answer_does_not()
    {
        GoldRow[] rows = [Row(TaskType.Answer, "a"), Row(TaskType.Answer, "b")];
        var options = Options with { MaxTokens = 8, SamplesPerQuestion = 3, PassAt = [1, 3] };
        using var model = new RandomModel(Options.MaxTokens);
        var greedy = GoldEvaluation.Run(model.ChatModel, rows, Options with { MaxTokens = 8 });
        var sampled = GoldEvaluation.Run(model.ChatModel, rows, options);
        var certain = GoldEvaluation.Run(model.ChatModel, rows, options with { Sampling = options.Sampling with { TopK = 1 } });
        foreach (var (row, i) in greedy.Results.Select((row, i) => (row!, i)))
        {
            sampled.Results[i]!.Answer.Should().Be(row.Answer);
            sampled.Results[i]!.Samples.Select(sample => sample.Text).Should().NotContain(row.Answer);
            certain.Results[i]!.Samples.Should().HaveCount(3).And.OnlyContain(sample => sample.Text == row.Answer);
            row.Samples.Should().BeEmpty();
        }
    }

    [Fact]
    public void Stops_when_cancelled()
    {
        using var source = new CancellationTokenSource();
        using var model = ScriptedModel.ForText("Iğdır'da.");
        FluentActions
            .Invoking(() =>
                GoldEvaluation.Run(
                    model.ChatModel,
                    [Row(TaskType.Answer, "a"), Row(TaskType.Answer, "b")],
                    Options,
                    _ => source.Cancel(),
                    source.Token))
            .Should()
            .Throw<OperationCanceledException>();
    }

    private static string[] SampleAnswers(GoldRow[] rows, long seed)
    {
        var options = Options with { MaxTokens = 6, SamplesPerQuestion = 4, Seed = seed };
        using var model = new RandomModel(options.MaxTokens);
        return
        [
            .. GoldEvaluation
                .Run(model.ChatModel, rows, options)
                .Results.SelectMany(result => result!.Samples.Select(sample => string.Join(' ', sample.TokenIds))),
        ];
    }

    private static GoldEvaluation Run(string says, params GoldRow[] rows) => Run(says, Options, rows);

    private static GoldEvaluation Run(string says, EvaluationOptions options, params GoldRow[] rows)
    {
        using var model = ScriptedModel.ForText(says);
        return GoldEvaluation.Run(model.ChatModel, rows, options);
    }

    private static GoldRow Row(
        TaskType shape, string reference,
        string? context = null,
        string[]? alternatives = null,
        string[]? choices = null) =>
        new(
            "gold.jsonl:1", shape,
            new(context is null ? ChatMessage.User("Makara nerede?") : ChatMessage.User("Makara nerede?", context)),
            ChatMessage.Assistant(reference))
        {
            Alternatives = alternatives ?? [],
            Choices = choices ?? [],
        };

    private static double[] Values(GoldEvaluation evaluation, Metric metric) =>
        [
            .. evaluation.Results.Select(result =>
                result!.Values.TryGetValue(metric, out var value) ? value.Sum / value.Weight : double.NaN),
        ];
}
