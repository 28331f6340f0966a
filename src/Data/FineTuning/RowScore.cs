using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Files;

namespace TurkishLlm.Data.FineTuning;

/// <summary>The loss of a checkpoint on one row of a file.</summary>
/// <param name="Key">The row, see <see cref="GetKey"/>.</param>
/// <param name="Location">File and line of the row, for people.</param>
/// <param name="Loss">Mean loss of the learned tokens, in nats; null if nothing of the row is learned.</param>
/// <param name="Tokens">Number of learned tokens.</param>
public sealed record RowScore(string Key, string Location, double? Loss, int Tokens)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Returns the key of a row: equal for rows with equal messages, in any file and place.</summary>
    public static string GetKey(ConversationRow row) =>
        RowKeys.Compute(row).WholeConversation.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Writes the score as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads the losses of a file by row.</summary>
    /// <param name="file">A file of <c>data score</c>.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">A line is no score, or two lines give different losses to a row.</exception>
    public static IReadOnlyDictionary<string, double?> Read(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"There is no file of losses {file}. Write it with: turkishllm data score MODEL FILES -o {file}", file);
        var losses = new Dictionary<string, double?>(StringComparer.Ordinal);
        foreach (var (number, score) in ReadAll(file).Index())
            if (!losses.TryAdd(score.Key, score.Loss) && losses[score.Key] != score.Loss)
                throw new InvalidDataException(
                    FormattableString.Invariant($"{file}:{number + 1}: the row has another loss on an earlier line. ")
                        + "Keep the lines of one model only.");
        return losses.Count > 0
            ? losses
            : throw new InvalidDataException($"{file} is empty. Write it again with: turkishllm data score");
    }

    /// <summary>Reads the lines of a file.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<RowScore> ReadAll(string file) =>
        [.. TextFile.ReadLines(file).Select((line, i) => Parse(line, FormattableString.Invariant($"{file}:{i + 1}")))];

    private static RowScore Parse(string line, string location)
    {
        var score = StrictJson.Deserialize<RowScore>(line, Json, location);
        return score.Loss is null or >= 0 and < double.PositiveInfinity ? score : throw new InvalidDataException(
            FormattableString.Invariant($"{location}: loss is {score.Loss}; it must be 0 or more."));
    }
}
