using System.Security.Cryptography;
using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Files;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Runs.HuggingFace;

/// <summary>What a run folder says about the model of a checkpoint, as sections of its card.</summary>
internal sealed class TrainingFacts
{
    private readonly RunFolder _run;
    private readonly long? _step;
    private readonly bool _isAverage;
    private readonly JsonElement? _gate;

    private TrainingFacts(RunFolder run, ModelOrigin origin, TrainingPlan plan, JsonElement? gate) =>
        (_run, _step, _isAverage, Plan, _gate) = (run, origin.Step, origin.IsAverage, plan, gate);

    /// <summary>The plan of the run.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Reads a run folder.</summary>
    /// <param name="run">The run.</param>
    /// <param name="origin">Which weights of the run the card is about.</param>
    public static TrainingFacts Read(RunFolder run, ModelOrigin origin)
    {
        JsonElement? gate = null;
        if (File.Exists(run.GateFile))
        {
            using var json = StrictJson.ParseFile(run.GateFile);
            gate = json.RootElement.Clone();
        }
        return new(run, origin, TrainingPlan.Load(run.PlanFile, []), gate);
    }

    /// <summary>Returns the sections on training, data, specification and evaluation.</summary>
    public IEnumerable<string> Describe() =>
        [.. DescribeTraining(), .. DescribeData(), .. DescribeGate(), .. DescribeEvaluation()];

    private IEnumerable<string> DescribeTraining()
    {
        var plan = Plan;
        yield return "## Training";
        yield return "";
        yield return "| | |";
        yield return "|---|---|";
        yield return $"| objective | {DescribeObjective()} |";
        yield return $"| initial weights | {(plan.WarmStart is null ? "random" : "those of another run")} |";
        if (_step is { } step) yield return Invariant($"| steps | {step:N0} of {plan.Training.Steps:N0} |");
        if (_isAverage && plan.Training.Ema is { } ema)
            yield return Invariant($"| weights | moving average with decay {ema.Decay}, updated every {ema.Every:N0} steps |");
        if (FindStep() is { } line) yield return Invariant($"| tokens read | {line.Tokens:N0} |");
        yield return Invariant($"| rows of a step | {plan.Training.RowsPerStep:N0} of ")
            + Invariant($"{plan.Training.SequenceLength:N0} tokens |");
        yield return Invariant($"| optimizer | {DescribeOptimizer()}, weight decay {plan.Optimizer.WeightDecay}, ")
            + Invariant($"gradient clipped to {plan.Optimizer.GradientClip} |");
        yield return Invariant($"| learning rate | {plan.Optimizer.LearningRate}, {plan.Optimizer.WarmupSteps:N0} steps of ")
            + $"warm-up, {DescribeDecay()} decay to "
            + Invariant($"{plan.Optimizer.MinimumLearningRate} |");
        yield return $"| number type of products | {PlanWriter.GetName(plan.ComputeType)} |";
        if (Hardware.Read(_run) is [.., { Name.Length: > 0 } machine]) yield return $"| hardware | {machine.Name} |";
        yield return Invariant($"| seed | {plan.Seed} |");
        yield return "";
    }

    private string DescribeOptimizer() =>
        Plan.Optimizer.Kind == OptimizerKind.Muon ? "Muon for the matrices of the blocks, AdamW for the others" : "AdamW";

    private string DescribeDecay() => Plan.Optimizer.Schedule == ScheduleKind.Wsd
        ? Invariant($"then the peak, and in the last {Plan.Optimizer.CountDecaySteps(Plan.Training.Steps):N0} steps ")
            + PlanWriter.GetName(Plan.Optimizer.DecayShape)
        : PlanWriter.GetName(Plan.Optimizer.Schedule);

    private string DescribeObjective() =>
        (Plan.Preference is { } preference
            ? preference.Objective switch
            {
                DpoPlan => "direct preference optimization",
                KtoPlan => "Kahneman-Tversky optimization",
                RewardPlan => "a reward model on preference pairs",
                _ => "odds-ratio preference optimization",
            }
        : Plan.Grpo is not null ? "group relative policy optimization"
        : Plan.Sft is not null ? "supervised fine-tuning on conversations"
        : "next token")
        + (Plan.Lora is { } lora ? Invariant($", with a LoRA adapter of rank {lora.Rank}") : "");

    // The folder of the shards may hold other data by now; gate.json has the hash of the manifest that the run read.
    private IEnumerable<string> DescribeData()
    {
        var file = Path.Combine(Plan.Data.Shards, ShardManifest.FileName);
        if (!File.Exists(file) || GetText("data") is not { } hash || ComputeHash(file) != hash) yield break;
        var manifest = ShardManifest.Read(Plan.Data.Shards);
        var isUnused = Plan.Preference is not null || Plan.Grpo is not null || Plan.Sft is { TextShare: 0 };
        var use = isUnused ? "Text, not used for training" : "Text";
        yield return "## Data";
        yield return "";
        yield return Invariant($"{use}: {manifest.CountDocuments(DataSplit.Train):N0} documents of the training part, ")
            + Invariant($"{manifest.CountTokens(DataSplit.Train):N0} tokens, and ")
            + Invariant($"{manifest.CountDocuments(DataSplit.Validation):N0} documents of the validation part, ")
            + Invariant($"{manifest.CountTokens(DataSplit.Validation):N0} tokens. ")
            + $"SHA-256 of the manifest: `{hash}`. Tokenizer: `{manifest.TokenizerHash}`.";
        yield return "";
        yield return "| source | subject | documents | bytes | tokens | weight |";
        yield return "|---|---|---|---|---|---|";
        foreach (var source in manifest.Sources)
            yield return $"| {source.Name} | {source.Domain} | " + Invariant($"{source.Train.Documents:N0} | ")
                + Invariant($"{source.Train.Bytes:N0} | {source.TrainTokens:N0} | {source.Weight} |");
        yield return "";
        if (Plan.Sft is not { Sources.Count: > 0 } sft) yield break;
        yield return $"Conversations: {string.Join(", ", sft.Sources.Select(source => source.Name))}.{ReadExamplesHash()}";
        yield return "";
    }

    // The state of the checkpoint has a hash of all files of conversations.
    private string ReadExamplesHash()
    {
        var file = _step is { } step ? Path.Combine(_run.CheckpointFolder(step), "state.json") : "";
        if (!File.Exists(file)) return "";
        using var state = StrictJson.ParseFile(file);
        return state.RootElement.TryGetProperty("examples_hash", out var hash) && hash.GetString() is { } text
            ? $" SHA-256 of their files: `{text}`." : "";
    }

    private IEnumerable<string> DescribeGate()
    {
        if (_gate is not { } gate || !gate.TryGetProperty("open", out var open) || !open.GetBoolean()) yield break;
        yield return "## Specification";
        yield return "";
        yield return Invariant($"The run could start only after {GetNumber("requirement_count"):N0} requirements held in ")
            + Invariant($"{GetNumber("checks"):N0} checks on its own device, number type, tokenizer and data ")
            + $"({GetText("device")}, {GetText("compute")}). SHA-256 of the report: `{ComputeHash(_run.GateFile)}`.";
        yield return "";
    }

    private IEnumerable<string> DescribeEvaluation()
    {
        string[] rows = [.. MeasuredInTraining(), .. EvaluationFacts.Read(_run, _step, _isAverage)];
        return rows.Length == 0 ? [] : ["## Evaluation", "", "| what | value |", "|---|---|", .. rows, ""];
    }

    // The validation of a run measures the weights of the step, not their average.
    private IEnumerable<string> MeasuredInTraining()
    {
        if (_isAverage || FindStep() is not { } line) yield break;
        if (line.ValidationLoss is { } loss) yield return Invariant($"| validation loss, {Plan.LossUnit} | {loss:F4} |");
        if (line.ValidationBitsPerByte is { } bits) yield return Invariant($"| validation, bits per byte | {bits:F4} |");
        if (line.TextLoss is { } text) yield return Invariant($"| validation loss on running text, nats per token | {text:F4} |");
    }

    private StepMetrics? FindStep() =>
        _step is { } step ? MetricsLog.Read(_run.MetricsFile).FirstOrDefault(line => line.Step == step) : null;

    private string? GetText(string key) =>
        _gate is { ValueKind: JsonValueKind.Object } gate && gate.TryGetProperty(key, out var value) ? value.GetString() : null;

    private long GetNumber(string key) =>
        _gate is { } gate && gate.TryGetProperty(key, out var value) && value.TryGetInt64(out var number) ? number : 0;

    private static string ComputeHash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
