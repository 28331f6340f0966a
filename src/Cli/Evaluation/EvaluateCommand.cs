using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Evaluation;

/// <summary><c>turkishllm evaluate MODEL</c></summary>
internal static class EvaluateCommand
{
    public static Command Create(Display display)
    {
        var model = new Argument<string>("model") { Description = "A run folder, such as runs/toy, one of its checkpoints, or a folder that was imported or exported." };
        var windows = new Option<int>("--windows") { Description = "Windows of the validation split; 0 is all.", DefaultValueFactory = _ => 0 };
        var shards = new Option<string>("--shards") { Description = "Folder of the shards; without it, those of the run." };
        var length = new Option<int?>("--length") { Description = "Tokens of a window; without it, those of the run, or the longest the model was trained on." };
        var gold = new Option<string[]>("--gold") { Description = "A file of questions with right answers, in any shape that training takes; measured by what they ask for. May be given several times." };
        var input = new Option<bool>("--input-is-context") { Description = "Takes the input of Alpaca rows for the context to answer from." };
        var limit = new Option<int>("--limit") { Description = "Only the first so many rows of each file; 0 is all.", DefaultValueFactory = _ => 0 };
        var compare = new Option<string>("--compare") { Description = "Another model, asked the same questions." };
        var before = new Option<string>("--base") { Description = "The model that was fine-tuned: what was forgotten of plain text since." };
        var most = DecimalOption.Create("--max-forgetting", "Share by which the loss on plain text may be above that of --base; more ends with exit code 4.", defaultValue: 0.1);
        var tokens = new Option<int>("--max-tokens") { Description = "Most tokens of an answer.", DefaultValueFactory = _ => 128 };
        var samples = new Option<int>("--samples") { Description = "Answers drawn of every question for pass@k; 0 is none.", DefaultValueFactory = _ => 0 };
        var pass = new Option<int[]>("--pass-at") { Description = "The k of pass@k; several may be given.", DefaultValueFactory = _ => [1], AllowMultipleArgumentsPerToken = true };
        var temperature = DecimalOption.Create("--temperature", "Of drawn answers; the others are the likeliest.", defaultValue: 0.8);
        var choiceLength = new Option<string>("--choice-length") { Description = "What the score of a choice is divided by: none, tokens or bytes.", DefaultValueFactory = _ => "none" };
        choiceLength.AcceptOnlyFromAmong("none", "tokens", "bytes");
        var refusal = new Option<string>("--refusal") { Description = "What is said where an answer is not known.", DefaultValueFactory = _ => Refusal.DefaultText };
        var seed = new Option<long>("--seed") { Description = "Seed of drawn answers and of intervals.", DefaultValueFactory = _ => 0 };
        var resamples = new Option<int>("--resamples") { Description = "How often rows are drawn anew for an interval.", DefaultValueFactory = _ => 1000 };
        var json = new Option<string>("--json") { Description = "A file for all numbers." };
        var rows = new Option<string>("--rows") { Description = "A file for every question, its answer and what it was measured to be: a JSON object a line." };
        var device = DeviceOption.Create();
        var command = new Command("evaluate", "Measures a model: loss, perplexity and bits per byte on the validation split, its answers to questions, and what it has forgotten. Example: turkishllm evaluate runs/sft-v1 --gold gold.jsonl --base runs/v1-r1")
        {
            model, windows, shards, length, gold, input, limit, compare, before, most, tokens, samples, pass, temperature, choiceLength, refusal, seed, resamples, json, rows, device,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            ThrowIfNegative("--windows", parsed.GetValue(windows));
            ThrowIfNegative("--limit", parsed.GetValue(limit));
            if (parsed.GetValue(length) < 1) throw new ConfigurationException($"--length is {parsed.GetValue(length)}; it must be at least 1.");
            var request = new EvaluationRequest(parsed.GetRequiredValue(model), DeviceOption.Resolve(parsed.GetRequiredValue(device)))
            {
                Windows = parsed.GetValue(windows) is > 0 and var count ? count : int.MaxValue,
                Shards = parsed.GetValue(shards), Length = parsed.GetValue(length),
                Gold = parsed.GetValue(gold) ?? [], InputIsContext = parsed.GetValue(input), Limit = parsed.GetValue(limit) is > 0 and var first ? first : int.MaxValue,
                Compare = parsed.GetValue(compare), BaseModel = parsed.GetValue(before), MaxForgetting = parsed.GetValue(most),
                JsonFile = parsed.GetValue(json), RowsFile = parsed.GetValue(rows),
                Options = new EvaluationOptions
                {
                    MaxTokens = parsed.GetValue(tokens), SamplesPerQuestion = parsed.GetValue(samples), PassAt = [.. (parsed.GetValue(pass) ?? []).Distinct().Order()],
                    Sampling = new() { Temperature = parsed.GetValue(temperature), TopK = 0 }, ChoiceNormalization = Enum.Parse<ChoiceNormalization>(parsed.GetRequiredValue(choiceLength), ignoreCase: true),
                    Refusal = parsed.GetRequiredValue(refusal), Seed = parsed.GetValue(seed), Resamples = parsed.GetValue(resamples),
                },
            };
            return Task.FromResult((int)request.Run(display, cancellationToken));
        });
        return command;
    }

    private static void ThrowIfNegative(string option, int value)
    {
        if (value < 0) throw new ConfigurationException($"{option} is {value}; it must be 0 (all) or more.");
    }
}
