using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>The answers of a batch, which one or more steps learn from.</summary>
/// <param name="Batch">Number of the batch.</param>
/// <param name="Answers">The answers, group by group.</param>
/// <param name="Metrics">Metrics of the answers; divergence, clipping and entropy are those of a step.</param>
internal sealed record Rollout(long Batch, IReadOnlyList<RolloutAnswer> Answers, GrpoMetrics Metrics);

/// <summary>What a resumed run needs beside the weights.</summary>
/// <param name="DataStep">The last data step that was begun.</param>
/// <param name="Tokens">Tokens of the data steps up to and including that one.</param>
/// <param name="Rollout">The answers, if later steps learn from them too.</param>
internal sealed record RolloutState(long DataStep, long Tokens, Rollout? Rollout)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        IgnoreReadOnlyProperties = true,
    };

    /// <summary>Writes the state as JSON; numbers have all digits.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Format);

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static RolloutState Read(string file) => StrictJson.DeserializeFile<RolloutState>(file, Format);
}
