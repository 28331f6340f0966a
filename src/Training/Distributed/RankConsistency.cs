using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Files;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Distributed;

/// <summary>Checks what must be the same in all processes of a run. Every process receives every difference.</summary>
/// <remarks>Spec: RNK-06.</remarks>
public static class RankConsistency
{
    // Paths may differ between machines; the contents may not.
    private static readonly string[] PathKeys =
    [
        "run", "device", "threads", "data.tokenizer", "data.shards", "warm_start.checkpoint",
    ];

    /// <summary>
    /// Throws if plan, tokenizer, data, program, specification, libtorch or the kind of device differ between processes.
    /// </summary>
    /// <param name="group">The processes.</param>
    /// <param name="plan">The plan of this process.</param>
    /// <param name="programVersion">Version of the program and of its specification.</param>
    /// <exception cref="ConfigurationException">Something differs; the message names rank and value.</exception>
    public static void RequireSameRun(IProcessGroup group, TrainingPlan plan, string programVersion)
    {
        if (group.Context.WorldSize == 1) return;
        var facts = PlanWriter
            .GetEntries(plan)
            .Where(entry => !PathKeys.Contains(entry.Key))
            .ToDictionary(entry => entry.Key, entry => entry.Value);
        facts["tokenizer"] = Tokenizer.Load(plan.Data.Tokenizer).Hash;
        facts["data"] = Hash(File.ReadAllBytes(Path.Combine(plan.Data.Shards, ShardManifest.FileName)));
        if (plan.ComputeExamplesHash() is { } examples) facts["examples"] = examples;
        facts["kind of device"] = TrainingDevice.Resolve(plan.Device).type.ToString();
        facts["libtorch"] = TorchLibrary.Version;
        facts["program"] = programVersion;
        ConfigurationException.ThrowIfAny([.. FindDifferences(group, facts).Select(different => new ConfigurationProblem(
            $"{different} "
                + "All processes of a run need the same plan, tokenizer, data, program and kind of device.", different.Name))]);
    }

    /// <summary>Throws if the training state differs by a bit between processes.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="step">Number of steps taken.</param>
    /// <param name="tables">Weights and moments, each with the prefix of its names.</param>
    /// <exception cref="RanksDifferException">Something differs; the message names rank and weight.</exception>
    public static void RequireSameState(
        IProcessGroup group, long step, params IReadOnlyList<(string Prefix, ParameterTable Table)> tables)
    {
        if (group.Context.WorldSize == 1) return;
        var hashes = tables
            .SelectMany(t => t.Table.Names.Select(name => (t.Prefix + name, ComputeHash(t.Table[name]))))
            .ToDictionary();
        hashes["number of steps"] = Invariant($"{step}");
        if (FindDifferences(group, hashes) is { Count: > 0 } differences) throw new RanksDifferException(step, differences);
    }

    // All differences between a rank and rank 0, in the order of ranks.
    private static List<RankDifference> FindDifferences(IProcessGroup group, Dictionary<string, string> mine)
    {
        var all = group
            .AllGather(JsonSerializer.Serialize(mine))
            .Select(text => StrictJson.Deserialize<Dictionary<string, string>>(text, options: null, "the facts of a process"))
            .ToArray();
        return
        [
            .. from rank in Enumerable.Range(1, all.Length - 1)
               from name in all[0].Keys.Union(all[rank].Keys)
               let difference = new RankDifference(
                   rank, name, all[rank].GetValueOrDefault(name, "nothing"),
                   all[0].GetValueOrDefault(name, "nothing"))
               where difference.Value != difference.RankZeroValue
               select difference,
        ];
    }

    private static string ComputeHash(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return Hash(tensor.detach().cpu().contiguous().bytes);
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

/// <summary>A difference between a process and rank 0.</summary>
/// <param name="Rank">The rank of the process.</param>
/// <param name="Name">The name of the value that differs.</param>
/// <param name="Value">The value in the process.</param>
/// <param name="RankZeroValue">The value in rank 0.</param>
public sealed record RankDifference(int Rank, string Name, string Value, string RankZeroValue)
{
    /// <inheritdoc/>
    public override string ToString() => $"Rank {Rank} differs from rank 0: {Name} is {Value}, not {RankZeroValue}.";
}
