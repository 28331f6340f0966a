namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class EvaluationMutations
{
    private const string Result = "src/Training/Validation/PerplexityMetrics.cs",
        Validation = "src/Training/Validation/LossEvaluator.cs",
        Bytes = "src/Training/Validation/TokenByteLengths.cs",
        Answering = "src/Inference/Chat/ChatModel.cs",
        Choices = "src/Evaluation/Tasks/ChoiceScores.cs",
        Gold = "src/Evaluation/Tasks/GoldEvaluation.cs",
        Words = "src/Data/Corpus/TurkishWords.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "mean-of-window-means",
            ["BUG-EVL-01"],
            Result,
            "Loss => Nats / Tokens;",
            "Loss => Windows.Average(window => window.Nats / window.Tokens);",
            "A short window has the same weight as a long one."),
        new("every-process-measures-all", ["BUG-EVL-01"], Validation, "part += group.Context.WorldSize)", "part++)",
            "With two processes, windows are evaluated twice."),
        new(
            "validation-in-training-mode",
            ["BUG-EVL-03"],
            Validation, "batch.LossSum(model)", "batch.LossSum(model, training: true)",
            "Validation uses dropout."),
        new(
            "no-dropout-in-training",
            ["BUG-EVL-04"],
            "src/Training/Optimization/GradientAccumulation.cs", "lossTerms.Global, training)", "lossTerms.Global, false)",
            "Training is left in evaluation mode."),
        new("characters-for-bytes", ["BUG-EVL-05"], Bytes, "tokenizer.GetBytes(id).Length)", "tokenizer.Decode([id]).Length)",
            "Characters are counted as bytes."),
        new("special-tokens-have-bytes", ["BUG-EVL-05"], Bytes, "id < VocabularyLayout.FirstByte ? 0 : ", "",
            "Special tokens count the bytes of their names."),
        new("nats-per-byte", ["BUG-EVL-05"], Result, "Nats / Math.Log(2) / Bytes", "Nats / Bytes",
            "Nats are reported as bits."),
        new(
            "loss-of-the-last-micro-batch",
            ["BUG-EVL-09"],
            "src/Training/Optimization/GradientAccumulation.cs", "sum += batch.Backward(",
            "sum = batch.Backward(",
            "The loss of a step is that of its last micro-batch."),
        new(
            "smoothed-loss-begins-at-zero",
            ["BUG-EVL-09"],
            "src/Monitoring/Progress/ExponentialMovingAverage.cs",
            "_weight = decay * _weight + (1 - decay);",
            "_weight = 1;",
            "The smoothed loss rises from zero."),
        new(
            "smoothed-loss-forgets-the-earlier-run",
            ["BUG-EVL-09"],
            "src/Monitoring/Progress/RunProgress.cs", "foreach (var numbers in earlier ?? []) Add(numbers);",
            "foreach (var numbers in (earlier ?? []).Take(0)) Add(numbers);",
            "After a resume the smoothed loss starts again."),
        new(
            "validation-moves-on",
            ["BUG-EVL-10"],
            Validation,
            "var tokens = source.Read(window, inputs, targets);",
            "var tokens = source.Read((window + Environment.TickCount64) % source.Count, inputs, targets);",
            "Every validation reads another slice."),
        new("perplexity-of-base-two", [], Result, "Perplexity => Math.Exp(Loss);", "Perplexity => Math.Pow(2, Loss);",
            "Perplexity is two to the power of nats."),
        new("attention-counted-half", [], "src/Model/ComputeCost.cs", "12.0 * config.NLayers", "6.0 * config.NLayers",
            "One of the products of attention is not counted."),
        new(
            "validation-on-training",
            ["BUG-DAT-19"],
            "src/Training/Objectives/LanguageModeling/PretrainingData.cs",
            "LossEvaluator.Measure(\n            model, Shards.Validation,",
            "LossEvaluator.Measure(model, Shards.Train,",
            "The run validates on its training data."),
        new(
            "choices-begin-with-a-space",
            ["BUG-EVL-06"],
            Answering, "return [.. Template.Render(conversation.Append(answer)).Ids.Skip(prompt.Count)];",
            "return [.. Tokenizer.EncodeToIds(\" \" + answer.Text), SpecialTokens.EndOfTurn];",
            "An answer is scored by other tokens than training has."),
        new(
            "first-token-of-an-answer-has-no-score",
            ["BUG-EVL-06", "BUG-SFT-07"],
            Answering, ".Ids.Skip(prompt.Count)];", ".Ids.Skip(prompt.Count + 1)];",
            "Answers are measured from their second token on, while training learns them from the first."),
        new(
            "choices-by-characters",
            ["BUG-EVL-07"],
            Choices, "Encoding.UTF8.GetByteCount(ChatMessage.Assistant(choice).Text)",
            "ChatMessage.Assistant(choice).Text.Length",
            "Scores are divided by characters instead of bytes."),
        new(
            "last-token-of-an-answer-has-no-score",
            ["BUG-EVL-08"],
            Answering, "GetAnswerTokens(prompt, conversation, answer));",
            "GetAnswerTokens(prompt, conversation, answer).SkipLast(1).ToArray());",
            "The end of an answer is cut off before it is scored."),
        new(
            "a-whole-answer-does-not-fit",
            ["BUG-EVL-08"],
            "src/Evaluation/Tasks/GoldEvaluation.cs", "row.IsChoice ? longest - 1 :", "row.IsChoice ? longest :",
            "A row is skipped, although the last token of its answer is only predicted, not read."),
        new(
            "words-by-english-rules",
            ["BUG-EVL-11"],
            Words, "TurkishCase.ToLower(ComparableText.Create(text))", "ComparableText.Create(text).ToLowerInvariant()",
            "IĞDIR and ığdır are different answers."),
        new(
            "words-by-the-culture",
            ["BUG-EVL-11"],
            Words, "TurkishCase.ToLower(ComparableText.Create(text))", "ComparableText.Create(text).ToLower()",
            "Whether two answers are the same depends on the machine."),
        new("suffixes-count", ["BUG-EVL-11"], Words, "at = SkipSuffix(text, end);", "at = end;",
            "Ankara'da does not match Ankara."),
        new(
            "answers-weigh-the-same",
            ["BUG-EVL-01"],
            "src/Evaluation/Tasks/GoldEvaluation.cs", "[Metric.Loss] = new(losses.Sum(), losses.Count)",
            "[Metric.Loss] = new(losses.Average())",
            "The loss of short answers has the same weight as that of long ones."),
        new(
            "worst-choice-is-preferred",
            [],
            "src/Evaluation/Tasks/ChoiceScores.cs",
            ".MaxBy(scored => scored.Score)",
            ".MinBy(scored => scored.Score)",
            "The least likely choice counts as the preferred one."),
        new(
            "common-words-need-no-order",
            [],
            "src/Evaluation/Metrics/RougeL.cs", "diagonal + 1 : Math.Max(row[j], row[j - 1])",
            "Math.Max(row[j], row[j - 1]) + 1 : Math.Max(row[j], row[j - 1])",
            "Words are counted as often as they occur in either text."),
        new(
            "models-are-drawn-apart",
            [],
            "src/Evaluation/Metrics/Bootstrap.cs",
            "drawn =>\n                RowValue.Mean(drawn.Select(i => second[i])) - "
                + "RowValue.Mean(drawn.Select(i => first[i])));",
            "drawn => RowValue.Mean(drawn.Select(i => second[i])) - "
                + "RowValue.Mean(drawn.Select(i => first[first.Count - 1 - i])));",
            "In every resample, the two models have different rows."),
        new(
            "names-of-fields-are-ignored",
            ["BUG-EVL-12"],
            "src/Evaluation/Metrics/FieldMatch.cs", "Select(value => (field.Name, TurkishWords.Normalize(value)))",
            "Select(value => (\"\", TurkishWords.Normalize(value)))",
            "A value under a wrong name counts as correct."),
        new(
            "samples-of-a-row-share-a-seed",
            ["BUG-EVL-13"],
            Gold, "options.Seed + (long)number * options.SamplesPerQuestion + sample", "options.Seed + number",
            "All samples of a question are the same answer."),
        new(
            "rows-share-their-samples",
            ["BUG-EVL-13"],
            Gold, "options.Seed + (long)number * options.SamplesPerQuestion + sample", "options.Seed + number + sample",
            "The samples of a row repeat those of the row before, except one."),
        new(
            "epoch-is-a-mean-of-steps",
            ["BUG-EVL-01"],
            "src/Runs/Logs/EpochMetrics.cs",
            "epoch.Sum(step => step.Loss * step.LossTerms) / epoch.Sum(step => step.LossTerms),",
            "epoch.Average(step => step.Loss),",
            "The training loss of an epoch is the mean over steps, not over targets."),
        new(
            "best-is-always-the-lowest",
            ["BUG-CKP-15"],
            "src/Runs/CheckpointMetric.cs", "LowerIsBetter => _task?.Metric.LowerIsBetter ?? true", "LowerIsBetter => true",
            "The best checkpoint is the one with the fewest right answers."),
        new(
            "best-by-is-ignored",
            ["BUG-CKP-15"],
            "src/Runs/CheckpointMetric.cs",
            "_task is var (task, metric) ? GetValue(step.Tasks, task, metric.Name) : step.ValidationLoss", "step.ValidationLoss",
            "The loss decides, although the plan names a metric of a task."),
        new(
            "characters-are-utf-16-units",
            ["BUG-EVL-07"],
            "src/Evaluation/Tasks/ChoiceScores.cs", "Text.EnumerateRunes().Count()", "Text.Length",
            "Accuracy by length counts letters outside the Basic Multilingual Plane twice."),
        new(
            "few-shot-rows-are-asked",
            ["BUG-EVL-08"],
            "src/Evaluation/Tasks/TaskRows.cs", "if (task.FewShotFile is null) rows = rows[shots.Length..];", "",
            "The model is asked questions that its prompt answers."),
        new(
            "rows-without-a-field-are-lost",
            ["BUG-EVL-01"],
            "src/Evaluation/Tasks/TaskMetrics.cs",
            ".GroupBy(result => result.Row.Fields.GetValueOrDefault(field, NoValue), StringComparer.Ordinal)",
            ".Where(result => result.Row.Fields.ContainsKey(field)).GroupBy(result => result.Row.Fields[field], "
                + "StringComparer.Ordinal)",
            "Slices do not add up."),
        new(
            "patience-of-an-equal-value",
            ["BUG-CKP-15"],
            "src/Training/Safety/EarlyStopping.cs", "return values.Count - 1 - best >= patience;",
            "return values.Count - best >= patience;",
            "A run stops one measurement too early."),
    ];
}
