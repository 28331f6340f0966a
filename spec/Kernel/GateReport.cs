using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Data.Batches;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Spec.Kernel;

/// <summary>What the gate measured, and of what: enough to tell later whether a run was cleared for what it did.</summary>
public sealed class GateReport
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private GateReport(Conditions at, IReadOnlyList<Judgement> judgements, TimeSpan time)
    {
        Judgements = judgements;
        Elapsed = time;
        Device = at.Device.ToString();
        Compute = at.ComputeType.ToString().ToLowerInvariant();
        PlanHash = Hash(at.Plan.ToYaml());
        TokenizerHash = at.Tokenizer.Hash;
        DataHash = Hash(File.ReadAllText(Path.Combine(at.Plan.Data.Shards, ShardManifest.FileName)));
    }

    /// <summary>Every requirement on every case.</summary>
    public IReadOnlyList<Judgement> Judgements { get; }

    /// <summary>How long all of it took.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Device of the run.</summary>
    public string Device { get; }

    /// <summary>Number type of matrix products.</summary>
    public string Compute { get; }

    /// <summary>SHA-256 of the effective plan.</summary>
    public string PlanHash { get; }

    /// <summary>Hash of the tokenizer.</summary>
    public string TokenizerHash { get; }

    /// <summary>SHA-256 of the manifest of the shards, which holds theirs.</summary>
    public string DataHash { get; }

    /// <summary>True when everything holds and there was something to hold.</summary>
    public bool IsOpen => Judgements.Count > 0 && Judgements.All(j => j.Verdict.Holds);

    /// <summary>What does not hold.</summary>
    public IReadOnlyList<Judgement> FailedJudgements => [.. Judgements.Where(j => !j.Verdict.Holds)];

    /// <summary>How many requirements were judged.</summary>
    public int RequirementCount => Judgements.Select(j => j.Requirement.Id).Distinct().Count();

    internal static GateReport Create(Conditions at, IReadOnlyList<Judgement> judgements, TimeSpan time) => new(at, judgements, time);

    /// <summary>The report as <c>gate.json</c>.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Open = IsOpen,
            RequirementCount,
            Checks = Judgements.Count,
            Seconds = Math.Round(Elapsed.TotalSeconds, 3),
            Device,
            Compute,
            Libtorch = TorchLibrary.Version,
            Plan = PlanHash,
            Tokenizer = TokenizerHash,
            Data = DataHash,
            Program = typeof(GateReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            Judgements = Judgements.Select(j => new
            {
                j.Requirement.Id,
                j.Requirement.Statement,
                Case = j.Requirement.CaseNames[j.CaseIndex],
                j.Verdict.Holds,
                j.Verdict.Evidence,
                j.Verdict.Margin,
                Milliseconds = Math.Round(j.Elapsed.TotalMilliseconds, 1),
            }),
        },
        Format);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
