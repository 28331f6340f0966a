using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Specification;

/// <summary>What a gate measured: enough to check later what a run was cleared for.</summary>
public sealed class GateReport
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal GateReport(Conditions at, IReadOnlyList<Judgment> judgments, IReadOnlyDictionary<string, string>? facts)
    {
        Device = NameOf(at.Device);
        NumberType = at.NumberType.ToString().ToLowerInvariant();
        (Seed, Judgments) = (at.Seed, judgments);
        Facts = new Dictionary<string, string>(facts ?? new Dictionary<string, string>());
    }

    /// <summary>Device of the conditions.</summary>
    public string Device { get; }

    /// <summary>Number type of matrix products.</summary>
    public string NumberType { get; }

    /// <summary>Seed of the random numbers.</summary>
    public long Seed { get; }

    /// <summary>What the caller named, such as hashes of the configuration and the data.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; }

    /// <summary>Every requirement on every case.</summary>
    public IReadOnlyList<Judgment> Judgments { get; }

    /// <summary>The judgments that failed.</summary>
    public IReadOnlyList<Judgment> FailedJudgments => [.. Judgments.Where(judgment => !judgment.Verdict.Holds)];

    /// <summary>True if all requirements hold and not all of them were skipped.</summary>
    public bool IsOpen => Judgments.Any(judgment => !judgment.Verdict.IsSkipped) && FailedJudgments.Count == 0;

    /// <summary>Returns the report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Open = IsOpen,
            Device,
            NumberType,
            Seed,
            Facts,
            Skipped = Judgments.Count(judgment => judgment.Verdict.IsSkipped),
            Judgments = Judgments.Select(judgment => new
            {
                judgment.Requirement.Id,
                judgment.Requirement.Statement,
                Case = judgment.CaseName,
                judgment.Verdict.Holds,
                Skipped = judgment.Verdict.IsSkipped,
                judgment.Verdict.Evidence,
                judgment.Verdict.Margin,
                Milliseconds = Math.Round(judgment.Elapsed.TotalMilliseconds, 1),
            }),
        },
        Format);

    // The first CUDA device has two names: cuda and cuda:0.
    internal static string NameOf(Device device) =>
        device.type == DeviceType.CUDA ? Invariant($"cuda:{Math.Max(0, device.index)}") : device.ToString();

    internal string GetDigest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToJson())));
}
