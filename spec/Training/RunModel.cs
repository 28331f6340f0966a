using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Data.Batches;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Spec.Training;

/// <summary>
/// Derives the state of a run from its plan, its metrics and its events alone: what every checkpoint must hold.
/// </summary>
internal sealed class RunModel
{
    private readonly Clearance _clearance;
    private readonly string _tokenizerHash, _dataHash;
    private readonly List<StepMetrics> _lines = [];
    private long _skipped, _refused;
    private double? _microBatchSize;
    private double _seconds;

    public RunModel(Clearance clearance)
    {
        _clearance = clearance;
        _tokenizerHash = Tokenizer.Load(clearance.Plan.Data.Tokenizer).Hash;
        using var data = TokenDataset.Open(clearance.Plan.Data.Shards);
        _dataHash = ComputeHash(Encoding.UTF8.GetBytes(string.Join('\n', new[] { DataSplit.Train, DataSplit.Validation }
            .SelectMany(split => data.Manifest.GetShards(split).Select(shard => $"{split} {shard.Sha256}")))));
    }

    public void Add(StepMetrics line)
    {
        _lines.Add(line);
        _seconds = line.Seconds;
    }

    public void Add(RunEvent found)
    {
        switch (found.Action)
        {
            case EventAction.Halved:
                _microBatchSize = found.Values["micro_batch_size"];
                break;
            case EventAction.Skipped:
                (_skipped, _refused) = (_skipped + 1, _refused + 1);
                break;
            case EventAction.RolledBack:
                var step = (long)found.Values["to_step"];
                (_skipped, _refused) = ((long)found.Values["data_step"] - step, _refused + 1);
                _lines.RemoveAll(line => line.Step > step);
                break;
            default:
                break;
        }
    }

    /// <summary>Returns the required values by path, see <see cref="CheckpointFields"/>.</summary>
    /// <param name="folder">The checkpoint, for the hashes of its files; null to add them later.</param>
    public IReadOnlyDictionary<string, string> GetRequiredState(string? folder)
    {
        var plan = _clearance.Plan;
        var measured = _lines.Where(line => line.ValidationLoss is not null).ToArray();
        var best = FindBest(plan.Checkpoints.BestBy);
        var recent = _lines.TakeLast(plan.Safety.SpikeWindow).ToArray();
        var state = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["step"] = Format(_lines[^1].Step),
            ["optimizer_steps"] = Format(_lines.Count),
            ["seconds"] = Format(_seconds),
            ["validation_loss"] = Format(
                measured.LastOrDefault()?.ValidationLoss ?? _lines[0].InitialValidation?.Loss),
            ["seed"] = Format(plan.Seed),
            ["tokenizer_hash"] = _tokenizerHash,
            ["data_hash"] = _dataHash,
            ["examples_hash"] = plan.ComputeExamplesHash() ?? "null",
            ["gate_digest"] = _clearance.Digest,
            ["best.step"] = Format(best?.Step),
            ["best.value"] = Format(best?.Value),
            ["best.metric"] = best is null ? "null" : plan.Checkpoints.BestBy,
            ["average_updates"] = Format(
                plan.Training.Ema is { } ema ? _lines.Count(line => line.Step % ema.Every == 0) : null),
            ["safety.skipped_batches"] = Format(_skipped),
            ["safety.refused_batches"] = Format(_refused),
            ["safety.micro_batch_size"] = Format(_microBatchSize),
            ["safety.recent_losses"] = string.Join(' ', recent.Select(line => Format(line.Loss))),
            ["safety.recent_norms"] = string.Join(' ', recent.Select(line => Format(line.GradientNorm))),
        };
        return folder is null ? state : WithHashes(state, folder);
    }

    // Losses only: the validation loss, or that of a task.
    private (long Step, double Value)? FindBest(string metric)
    {
        double? GetValue(StepMetrics line) => metric == "loss" ? line.ValidationLoss
            : line.Tasks?[metric.Split('.')[0]].Metrics[metric.Split('.')[1]].Value;
        return _lines.Where(line => GetValue(line) is { } value && double.IsFinite(value))
            .OrderBy(GetValue).ThenBy(line => line.Step)
            .Select(line => ((long, double)?)(line.Step, GetValue(line)!.Value)).FirstOrDefault();
    }

    /// <summary>Adds the hashes of the files of a checkpoint.</summary>
    public static IReadOnlyDictionary<string, string> WithHashes(IReadOnlyDictionary<string, string> state, string folder) =>
        new Dictionary<string, string>(state, StringComparer.Ordinal)
        {
            ["sha256"] = string.Join(' ', Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
                .Where(file => Path.GetFileName(file) != "state.json")
                .Select(file => $"{Path.GetFileName(file)}:{ComputeHash(File.ReadAllBytes(file))}")),
        };

    private static string ComputeHash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Format(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "null";
}
