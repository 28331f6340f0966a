using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TurkishLlm.Server.Protocol;

/// <summary>Writes replies, without reflection.</summary>
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(TextCompletion))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(TokenizeReply))]
[JsonSerializable(typeof(DetokenizeReply))]
[JsonSerializable(typeof(HealthReply))]
[JsonSerializable(typeof(ErrorReply))]
internal sealed partial class ReplyJson : JsonSerializerContext
{
    /// <summary>The replies with Turkish letters as they are. The content type says that this is JSON, not HTML.</summary>
    public static ReplyJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
