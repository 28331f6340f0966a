using System.CommandLine;
using System.Text.Json;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Evaluation.Sampling;
using TurkishLlm.Files;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Preference;

/// <summary><c>turkishllm preference generate MODEL FILE…</c>: several judged answers to every question.</summary>
internal static class PreferenceGenerateCommand
{
    private const int MaxAnswers = AnswerSampler.QueuedAnswers;

    public static Command Create(Display display)
    {
        var model = new Argument<string>("model") { Description = ModelPath.ArgumentDescription };
        var files = new Argument<string[]>("files")
        {
            Description = "Files of questions, in any format of training data; the last answer of a row is its reference.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "JSON Lines file to write: a question with its answers per line. Continues if interrupted.",
            Required = true,
        };
        var rewards = new RewardOptions();
        var answers = new Option<int>("--answers", "-n")
        {
            Description = "Number of answers per question.", DefaultValueFactory = _ => 8,
        };
        var maxTokens = new Option<int>("--max-tokens")
        {
            Description = "Maximum number of tokens of an answer.", DefaultValueFactory = _ => 128,
        };
        var temperature = SamplingOptionSet.CreateTemperature(1);
        var topK = new Option<int>("--top-k")
        {
            Description = "Sample from the k most likely tokens (0 = no limit).", DefaultValueFactory = _ => 0,
        };
        var topP = SamplingOptionSet.CreateTopP(1);
        var seed = SamplingOptionSet.CreateSeed();
        var device = DeviceOption.Create();
        var weights = PackedTypeOption.Create();
        var checkpoint = new CheckpointOption(offersAverage: true);
        var command = new Command("generate", "Ask a fine-tuned model every question several times and judge its answers.")
        {
            model, files, output, answers, maxTokens, temperature, topK, topP, seed, device, weights,
        };
        rewards.AddTo(command);
        checkpoint.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetRequiredValue(answers) is var count and (< 1 or > MaxAnswers))
                throw new ConfigurationException($"--answers is {Format.Count(count)}; it must be 1 … {MaxAnswers}.");
            var options = new SamplingOptions
            {
                MaxTokens = parsed.GetRequiredValue(maxTokens), Temperature = parsed.GetRequiredValue(temperature),
                TopK = parsed.GetRequiredValue(topK), TopP = parsed.GetRequiredValue(topP), Seed = parsed.GetRequiredValue(seed),
            };
            options.Validate();
            QuestionToSample[] questions = [.. parsed.GetRequiredValue(files).SelectMany(QuestionToSample.Read)];
            var chosen = DeviceOption.Resolve(parsed.GetRequiredValue(device));
            using var judges = rewards.Open(parsed, chosen);
            var rules = judges.Rewards;
            RequireReferences(questions, rules.Rules);
            var type = PackedTypeOption.Parse(parsed.GetRequiredValue(weights), chosen);
            using var opened = checkpoint.Open(parsed, parsed.GetRequiredValue(model), chosen);
            if (!opened.HasChatTemplate)
                throw new InvalidDataException(
                    $"{parsed.GetRequiredValue(model)} was not fine-tuned on conversations, so it does not end its answers. "
                        + "Fine-tune it first: turkishllm train with a plan that has the section sft");
            var identity = JsonSerializer.Serialize(new
            {
                Files = ModelIdentity.Compute(opened.Folder, parsed.GetRequiredValue(files)),
                Options = options, Answers = parsed.GetRequiredValue(answers), Weights = type, Rewards = rules.Statement,
            });
            using var decoder = opened.CreateDecoder(type);
            opened.ReleaseWeights();
            using var scheduler = new BatchScheduler(
                decoder, opened.Tokenizer, new() { MaxQueue = 2 * AnswerSampler.QueuedAnswers }, TimeProvider.System);
            var sampler = new AnswerSampler(
                scheduler, opened.LoadChatTemplate(), rules, options, parsed.GetRequiredValue(answers));
            Run(display, sampler, questions, identity, parsed.GetRequiredValue(output), cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(
        Display display, AnswerSampler sampler, QuestionToSample[] questions, string identity, string output,
        CancellationToken cancellationToken)
    {
        using var lines = ResumableLines.Open(output, identity);
        if (lines.IsDiscarded)
            display.WriteLine($"{output}.resume was of another model, other files or options, and was discarded.");
        else if (lines.Lines.Count > 0)
            display.WriteLine(
                $"Resuming after {Format.Count(lines.Lines.Count, "question")} of {Format.Count(questions.Length)}.");
        display.RunWithProgress("Answers", progress =>
        {
            foreach (var question in sampler.Sample(questions, lines.Lines.Count, cancellationToken))
            {
                lines.Append(question.ToJson());
                progress((double)lines.Lines.Count / questions.Length, Format.Count(lines.Lines.Count, "question"));
            }
            return true;
        });
        lines.Complete();
        RewardTable.Write(display, SampledQuestion.ReadAll(output), output);
    }

    private static void RequireReferences(QuestionToSample[] questions, WeightedRewards rewards)
    {
        if (!rewards.NeedsReference) return;
        if (questions.FirstOrDefault(question => question.Reference is null) is not { } without) return;
        throw new InvalidDataException(
            $"{without.Location}: the row has no answer, but a reward compares with it. Use rewards that need none, such as "
                + "groundedness, ends or length, or remove the row.");
    }
}
