using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Files;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Spec.Plans;

/// <summary>
/// The measurements of the gate and the hashes of plan, tokenizer and data: enough to check later what a run was cleared for.
/// </summary>
public sealed class PlanGateReport
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private PlanGateReport(RunConditions at, ShardVerification data, IReadOnlyList<Judgment> judgments, TimeSpan time)
    {
        Data = data;
        Judgments = judgments;
        Resemblances = GateResemblances.Find(judgments, at);
        Elapsed = time;
        Device = at.Device.ToString();
        Compute = at.ComputeType.ToString().ToLowerInvariant();
        PlanHash = Hash(at.Plan.ToYaml());
        TokenizerHash = at.Tokenizer.Hash;
        DataHash = Hash(TextFile.ReadAllText(Path.Combine(at.Plan.Data.Shards, ShardManifest.FileName)));
    }

    /// <summary>The comparison of the shards with the hashes of the manifest.</summary>
    public ShardVerification Data { get; }

    /// <summary>Every requirement on every case.</summary>
    public IReadOnlyList<Judgment> Judgments { get; }

    /// <summary>Time to judge everything.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Device of the run.</summary>
    public string Device { get; }

    /// <summary>Number type of matrix products.</summary>
    public string Compute { get; }

    /// <summary>SHA-256 of the effective plan.</summary>
    public string PlanHash { get; }

    /// <summary>Hash of the tokenizer.</summary>
    public string TokenizerHash { get; }

    /// <summary>SHA-256 of the manifest of the shards, which contains the hashes of the shards.</summary>
    public string DataHash { get; }

    /// <summary>True if the shards are intact, at least one requirement was judged, and all hold.</summary>
    public bool IsOpen => Data.Holds && Judgments.Count > 0 && Judgments.All(j => j.Verdict.Holds);

    /// <summary>The judgments that failed.</summary>
    public IReadOnlyList<Judgment> FailedJudgments => [.. Judgments.Where(j => !j.Verdict.Holds)];

    /// <summary>
    /// The impostor that fails most like the real implementation, for the failed requirements that have one and judge their
    /// impostors within seconds.
    /// </summary>
    public IReadOnlyDictionary<Requirement, Resemblance> Resemblances { get; }

    /// <summary>Number of requirements judged.</summary>
    public int RequirementCount => Judgments.Select(j => j.Requirement.Id).Distinct().Count();

    internal static PlanGateReport Create(
        RunConditions at, ShardVerification data, IReadOnlyList<Judgment> judgments, TimeSpan time) =>
        new(at, data, judgments, time);

    /// <summary>Returns the report as <c>gate.json</c>.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Open = IsOpen,
            RequirementCount,
            Checks = Judgments.Count,
            Seconds = Math.Round(Elapsed.TotalSeconds, 3),
            Device,
            Compute,
            Libtorch = TorchLibrary.Version,
            Plan = PlanHash,
            Tokenizer = TokenizerHash,
            Data = DataHash,
            DataFiles = Data.Files,
            DataBytesVerified = Data.Bytes,
            DataBytesRead = Data.BytesRead,
            Program = typeof(PlanGateReport)
                .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                ?.InformationalVersion
                ?? "",
            Judgments = Judgments.Select(j => new
            {
                j.Requirement.Id,
                j.Requirement.Statement,
                Case = j.CaseName,
                PlanCase = j.IsPlanCase,
                j.Verdict.Holds,
                j.Verdict.Evidence,
                j.Verdict.Margin,
                Milliseconds = Math.Round(j.Elapsed.TotalMilliseconds, 1),
            }),
        },
        Format);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
