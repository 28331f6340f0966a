using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Tools;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Evaluation;

/// <summary><c>turkishllm evaluate MODEL</c></summary>
internal static class EvaluateCommand
{
    public static Command Create(Display display)
    {
        var model = new Argument<string>("model") { Description = ModelPath.ArgumentDescription };
        var windows = new Option<int>("--windows")
        {
            Description = "Number of validation windows (0 = all).", DefaultValueFactory = _ => 0,
        };
        var shards = new Option<string>("--shards") { Description = "Folder of shards (default: the shards of the run)." };
        var length = new Option<int?>("--sequence-length")
        {
            Description = "Tokens per window (default: the length of the run, or the model's maximum).",
        };
        var gold = new Option<string[]>("--gold")
        {
            Description = "File of questions with reference answers, in any training format. Can be repeated.",
        };
        var input = new Option<bool>("--input-is-context")
        {
            Description = "Read the input field of Alpaca rows as retrieved context.",
        };
        var docs = new Option<string>("--docs")
        {
            Description = "Documentation to search, as in `chat --docs`: its passages replace the contexts of the questions.",
        };
        var passages = new Option<int>("--passages")
        {
            Description = "Maximum number of passages from --docs per question.",
            DefaultValueFactory = _ => RetrievalBudget.DefaultPassages,
        };
        var limit = new Option<int>("--limit")
        {
            Description = "Maximum number of rows per gold file (0 = all).", DefaultValueFactory = _ => 0,
        };
        var compare = new Option<string>("--compare") 
        {
            Description = "Second model to evaluate on the same questions, such as runs/sft-v1/last (default of a run folder: "
                + "its best checkpoint).",
        };
        var before = new Option<string>("--base-model")
        {
            Description = "Model before fine-tuning, to measure forgetting of plain text. Of a run folder, the last checkpoint, "
                + "from which fine-tuning starts.",
        };
        var most = DecimalOption.Create(
            "--max-forgetting",
            "Maximum relative increase of the loss on plain text over --base-model, such as 0.1 for 10 %; more exits "
            + "with code 4.",
            defaultValue: 0.1);
        var tokens = new Option<int>("--max-tokens")
        {
            Description = "Maximum length of an answer, in tokens.", DefaultValueFactory = _ => 128,
        };
        var samples = new Option<int>("--samples")
        {
            Description = "Number of sampled answers per question for pass@k (0 = none).", DefaultValueFactory = _ => 0,
        };
        var pass = new Option<int[]>("--pass-k")
        {
            Description = "Values of k for pass@k.", DefaultValueFactory = _ => [1], AllowMultipleArgumentsPerToken = true,
        };
        var temperature = DecimalOption.Create(
            "--temperature", "Sampling temperature of sampled answers; all other answers are greedy.", defaultValue: 0.8);
        var choiceLength = new Option<string>("--choice-normalization")
        {
            Description = "Length by which the log-likelihood of a choice is divided for accuracy by length (none = omit it).",
            DefaultValueFactory = _ => "characters",
        };
        choiceLength.AcceptOnlyFromAmong("none", "characters", "tokens", "bytes");
        var fewShot = new Option<int>("--few-shot")
        {
            Description = "Number of answered questions before each question (0 = none). They are the first rows of "
                + "--few-shot-file, or those of the gold files, which are then not asked.",
            DefaultValueFactory = _ => 0,
        };
        var fewShotFile = new Option<string>("--few-shot-file") { Description = "File of the answered questions." };
        var slices = new Option<string[]>("--slice")
        {
            Description = "Field of the rows by which metrics are also given in parts: file, task_type, or a field such as "
                + "domain. Can be repeated.",
        };
        var refusal = new Option<string>("--refusal")
        {
            Description = "Expected answer to unanswerable questions.", DefaultValueFactory = _ => Refusal.DefaultText,
        };
        var seed = new Option<long>("--seed")
        {
            Description = "Random seed of sampled answers and intervals.", DefaultValueFactory = _ => 0,
        };
        var resamples = new Option<int>("--bootstrap-samples")
        {
            Description = "Number of bootstrap samples per confidence interval.", DefaultValueFactory = _ => 1000,
        };
        var json = new Option<string>("--json") { Description = "Write all metrics to this JSON file (- = standard output)." };
        var rows = new Option<string>("--rows")
        {
            Description = "Write every question, answer and score to this JSON Lines file.",
        };
        var html = HtmlFile.CreateOption("Write scores, questions and answers to this HTML file as well.");
        var device = DeviceOption.Create();
        var checkpoint = new CheckpointOption(offersAverage: true);
        var command = new Command(
            "evaluate", "Evaluate a model: loss and perplexity on validation text, answers to questions, forgetting.")
        {
            model,
            windows, shards, length, gold, input, docs, passages, limit, compare, before, most, tokens, samples, pass,
            temperature, choiceLength, fewShot, fewShotFile, slices, refusal, seed, resamples, json, rows, html, device,
        };
        var toolOptions = new ToolOptions();
        toolOptions.AddTo(command);
        checkpoint.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ThrowIfNegative("--windows", parsed.GetValue(windows));
            ThrowIfNegative("--limit", parsed.GetValue(limit));
            if (parsed.GetValue(fewShot) < 0)
                throw new ConfigurationException(
                    $"--few-shot is {parsed.GetValue(fewShot)}; it must be 0 (none) or more.");
            if (parsed.GetValue(passages) < 1)
                throw new ConfigurationException($"--passages is {parsed.GetValue(passages)}; it must be at least 1.");
            if (parsed.GetValue(length) < 1)
                throw new ConfigurationException($"--sequence-length is {parsed.GetValue(length)}; it must be at least 1.");
            var tools = toolOptions.Read(parsed, parsed.GetValue(docs));
            await using var servers = await toolOptions.StartServersAsync(parsed, tools, cancellationToken);
            var request = new EvaluationRequest(
                parsed.GetRequiredValue(model),
                DeviceOption.Resolve(parsed.GetRequiredValue(device)))
            {
                FindModel = path => checkpoint.Find(parsed, path),
                Notes = parsed.InvocationConfiguration.Error,
                Windows = parsed.GetValue(windows) is > 0 and var count ? count : int.MaxValue,
                Shards = parsed.GetValue(shards), Length = parsed.GetValue(length),
                Gold = parsed.GetValue(gold) ?? [],
                InputIsContext = parsed.GetValue(input),
                Contexts = parsed.GetValue(docs) is { } folder && !tools.HasSearch
                    ? new(folder, parsed.GetValue(passages))
                    : null,
                Tools = tools.IsEmpty ? null : new(tools, servers.Tools, parsed.GetValue(docs), parsed.GetValue(passages)),
                Limit = parsed.GetValue(limit) is > 0 and var first ? first : int.MaxValue,
                FewShot = parsed.GetValue(fewShot), FewShotFile = parsed.GetValue(fewShotFile),
                Slices = parsed.GetValue(slices) ?? [],
                Compare = parsed.GetValue(compare), BaseModel = parsed.GetValue(before), MaxForgetting = parsed.GetValue(most),
                JsonFile = parsed.GetValue(json), RowsFile = parsed.GetValue(rows),
                PageFile = parsed.GetValue(html),
                Options = new EvaluationOptions
                {
                    MaxTokens = parsed.GetValue(tokens),
                    SamplesPerQuestion = parsed.GetValue(samples),
                    PassAt = [.. (parsed.GetValue(pass) ?? []).Distinct().Order()],
                    Sampling = new() { Temperature = parsed.GetValue(temperature), TopK = 0 },
                    ChoiceNormalization = Enum.Parse<ChoiceNormalization>(
                        parsed.GetRequiredValue(choiceLength), ignoreCase: true),
                    Refusal = parsed.GetRequiredValue(refusal),
                    Seed = parsed.GetValue(seed),
                    Resamples = parsed.GetValue(resamples),
                },
            };
            // With JSON on standard output, the text goes to standard error.
            var text = request.JsonFile is "-" ? new Display(parsed.InvocationConfiguration.Error, display.Program) : display;
            return (int)request.Run(text, display.Output, cancellationToken);
        });
        return command;
    }

    private static void ThrowIfNegative(string option, int value)
    {
        if (value < 0) throw new ConfigurationException($"{option} is {value}; it must be 0 (all) or more.");
    }
}
