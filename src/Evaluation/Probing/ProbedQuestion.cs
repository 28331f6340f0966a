using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;

namespace TurkishLlm.Evaluation.Probing;

/// <summary>What a model knows about a question.</summary>
public enum KnowledgeLabel
{
    /// <summary>Enough of its answers are right.</summary>
    Known,

    /// <summary>Some of its answers are right.</summary>
    Unsure,

    /// <summary>No answer is right, or hardly any.</summary>
    Unknown,
}

/// <summary>The sampled answers of a model to one question.</summary>
/// <param name="Key">The row of the question: equal for equal rows.</param>
/// <param name="Location">File and line of the row.</param>
/// <param name="Question">The question.</param>
/// <param name="Reference">The reference answer.</param>
/// <param name="Answers">The sampled answers; empty if the question is too long for the model.</param>
/// <param name="Right">Number of right answers.</param>
public sealed record ProbedQuestion(
    string Key, string Location, string Question, string Reference, IReadOnlyList<string> Answers, int Right)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Decides what the model knows.</summary>
    /// <param name="options">The shares of right answers.</param>
    /// <returns>The label; a question without answers is <see cref="KnowledgeLabel.Unsure"/>.</returns>
    public KnowledgeLabel GetLabel(ProbeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (Answers.Count == 0) return KnowledgeLabel.Unsure;
        var share = (double)Right / Answers.Count;
        return share >= options.KnownShare ? KnowledgeLabel.Known
            : share <= options.UnknownShare ? KnowledgeLabel.Unknown
            : KnowledgeLabel.Unsure;
    }

    /// <summary>Writes the answers as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads a line.</summary>
    /// <exception cref="InvalidDataException">The line is something else.</exception>
    public static ProbedQuestion Parse(string line, string location) =>
        StrictJson.Deserialize<ProbedQuestion>(line, Json, location);
}
