using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Files;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Sampling;

/// <summary>A question with several answers of one model: a line of the file that <c>preference generate</c> writes.</summary>
/// <param name="Location">File and line of the question.</param>
/// <param name="Prompt">The conversation that the model read, up to the question.</param>
/// <param name="Reference">The reference answer; null for none.</param>
/// <param name="Answers">The answers; empty if the question is too long for the model.</param>
/// <param name="Rewards">The options of the rewards that judged them.</param>
public sealed record SampledQuestion(
    string Location, Conversation Prompt, string? Reference, IReadOnlyList<SampledAnswer> Answers, IReadOnlyList<string> Rewards)
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the question and its answers as one line of JSON.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Compact))
        {
            json.WriteStartObject();
            json.WriteString("location", Location);
            ConversationWriter.WriteMessages(json, Prompt);
            json.WriteString("reference", Reference);
            json.WritePropertyName("answers");
            JsonSerializer.Serialize(json, Answers, Strict);
            json.WritePropertyName("rewards");
            JsonSerializer.Serialize(json, Rewards, Strict);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">A file of <c>preference generate</c>.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is empty, or a line is no question; the message names it.</exception>
    public static IReadOnlyList<SampledQuestion> ReadAll(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"There is no file of answers {file}. Write it with: turkishllm preference generate MODEL FILES -o {file}", file);
        SampledQuestion[] questions =
            [.. TextFile.ReadLines(file).Select((line, i) => Parse(line, FormattableString.Invariant($"{file}:{i + 1}")))];
        return questions.Length > 0
            ? questions
            : throw new InvalidDataException($"{file} is empty. Write it again with: turkishllm preference generate");
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="place">File and line number, for errors.</param>
    /// <exception cref="InvalidDataException">The line is no question.</exception>
    public static SampledQuestion Parse(string line, string place)
    {
        var parts = StrictJson.Deserialize<Line>(line, Strict, place);
        try
        {
            var prompt = ConversationReader.ReadMessages(parts.Messages);
            return prompt.AwaitsAnswer
                ? new(parts.Location, prompt, parts.Reference, parts.Answers, parts.Rewards)
                : throw new InvalidDataException("messages ends with an answer, not with a question.");
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{place}: {error.Message}", error);
        }
    }

    private sealed record Line(
        string Location, JsonElement Messages, string? Reference, IReadOnlyList<SampledAnswer> Answers,
        IReadOnlyList<string> Rewards);
}
