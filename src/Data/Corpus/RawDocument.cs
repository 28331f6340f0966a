using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>A document as it stands in its file.</summary>
/// <param name="Utf8">Its bytes; lines are separated by <c>\n</c>.</param>
/// <param name="Path">The file it comes from.</param>
/// <param name="Line">The line on which it begins; the first line is 1.</param>
/// <param name="InvalidByteOffset">Offset in the file of the first byte that is not UTF-8; null when all are.</param>
internal sealed record RawDocument(byte[] Utf8, string Path, long Line, long? InvalidByteOffset)
{
    /// <summary>The text in form NFC.</summary>
    public string GetText() => TextNormalizer.ToNfc(Encoding.UTF8.GetString(Utf8));
}
