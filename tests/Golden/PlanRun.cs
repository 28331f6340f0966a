using System.Collections.Concurrent;
using System.Security.Cryptography;
using TorchSharp;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Training;
using TurkishLlm.Training.Objectives;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Golden;

/// <summary>The steps of a <see cref="PlanRecord"/>, taken by the real trainer from the files in configs.</summary>
/// <param name="Plan">The plan, narrowed as the record says, with its steps resolved.</param>
/// <param name="Steps">Metrics of the steps.</param>
/// <param name="Validation">Metrics of the validation after the last step.</param>
/// <param name="Weights">The recorded elements of each trained weight, before the first and after the last step.</param>
/// <param name="Names">Names of all weights that can be trained: those of the adapter if there is one.</param>
/// <param name="Changed">Names of all weights with changed bits, including those under an adapter.</param>
/// <param name="Checkpoint">The checkpoint after the last step; written only if another record starts from it.</param>
internal sealed record PlanRun(
    TrainingPlan Plan, StepMetrics[] Steps, ValidationMetrics Validation,
    IReadOnlyDictionary<string, (double[] Before, double[] After)> Weights, IReadOnlyList<string> Names,
    IReadOnlyList<string> Changed, string Checkpoint)
{
    private static readonly ConcurrentDictionary<string, Lazy<PlanRun>> Runs = new(StringComparer.Ordinal);

    /// <summary>Takes the steps of a record once per process, after those of the record that it starts from.</summary>
    public static PlanRun Take(string name) => Runs.GetOrAdd(name, key => new(() => Train(key, "float32"))).Value;

    /// <summary>Takes the steps of a record with matrix products in bfloat16, from the float32 weights it starts with.</summary>
    public static PlanRun TakeInBFloat16(string name) => Train(name, "bfloat16");

    /// <summary>Loads the plan of a record without resolving its steps.</summary>
    public static TrainingPlan LoadPlan(PlanRecord record, string computeType = "float32")
    {
        var fixtures = Path.GetDirectoryName(RecordedReference.Folder)!;
        List<string> overrides =
        [
            .. record.Overrides.Select(setting => setting.Replace("FIXTURES", fixtures, StringComparison.Ordinal)),
            "device=cpu", $"compute_dtype={computeType}", "threads=1",
            $"data.tokenizer={Path.Combine(fixtures, "tokenizer")}",
            $"data.shards={Path.Combine(fixtures, "reference", "shards")}",
        ];
        if (record.Start is not null) overrides.Add($"warm_start.checkpoint={Take(record.Start).Checkpoint}");
        return TrainingPlan.Load(Path.Combine(Repository.Root, "configs", $"{record.Config}.yaml"), overrides);
    }

    private static PlanRun Train(string name, string computeType)
    {
        var record = PlanRecord.Load(name);
        var folder = Path.Combine(ReferenceRun.Scratch, "plans", $"{name}-{computeType}");
        var plan = ITrainingData.ResolveSteps(LoadPlan(record, computeType) with { RunFolder = Path.Combine(folder, "run") });
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        var before = Read(trainer, record);
        var hashes = ComputeHashes(trainer);

        var steps = record.Taken.Select(_ => trainer.TakeStep()).ToArray();
        var validation = trainer.Measure();
        var after = Read(trainer, record);
        var checkpoint = Path.Combine(folder, "checkpoint");
        if (PlanRecord.Names.Any(other => PlanRecord.Load(other).Start == name))
        {
            Directory.CreateDirectory(folder);
            trainer.Save(checkpoint);
        }
        return new(
            plan, steps, validation,
            record.Weights.Keys.ToDictionary(key => key, key => (before[key], after[key]), StringComparer.Ordinal),
            [.. trainer.Model.TrainableParameters.Names],
            [.. ComputeHashes(trainer).Where(now => hashes[now.Key] != now.Value).Select(now => now.Key)], checkpoint);
    }

    private static Dictionary<string, double[]> Read(Trainer trainer, PlanRecord record) => record.Weights.ToDictionary(
        weight => weight.Key,
        weight =>
        {
            using var scope = NewDisposeScope();
            var values = trainer.Model.TrainableParameters[weight.Key].detach().reshape(-1);
            return weight.Value.Indices.Select(place => (double)values[place].ToSingle()).ToArray();
        },
        StringComparer.Ordinal);

    private static Dictionary<string, string> ComputeHashes(Trainer trainer)
    {
        ParameterTable[] tables = [trainer.Model.Parameters, trainer.Model.TrainableParameters];
        return tables.Distinct().SelectMany(table => table.Names.Select(name => (name, table[name]))).ToDictionary(
            weight => weight.name,
            weight => Convert.ToHexStringLower(SHA256.HashData(weight.Item2.detach().bytes)),
            StringComparer.Ordinal);
    }
}
