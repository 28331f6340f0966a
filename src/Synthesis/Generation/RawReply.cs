using System.Text;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>A reply as received, before anything is read from it.</summary>
/// <param name="Format">The protocol.</param>
/// <param name="Body">The body: as text, or as Base64 if it is not UTF-8.</param>
/// <param name="Encoding">How <paramref name="Body"/> represents the bytes.</param>
public sealed record RawReply(ReplyFormat Format, string Body, BodyEncoding Encoding)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Creates a reply from the bytes of a body.</summary>
    public static RawReply FromBytes(ReplyFormat format, ReadOnlySpan<byte> body)
    {
        try
        {
            return new(format, Strict.GetString(body), BodyEncoding.Utf8);
        }
        catch (DecoderFallbackException)
        {
            return new(format, Convert.ToBase64String(body), BodyEncoding.Base64);
        }
    }

    /// <summary>Creates a recorded reply.</summary>
    public static RawReply FromRecorded(RecordedReply reply) =>
        new(ReplyFormat.Recorded, JsonText.Serialize(reply), BodyEncoding.Utf8);
}
