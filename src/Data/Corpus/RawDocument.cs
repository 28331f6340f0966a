using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.Corpus;

/// <summary>A document as read from its file.</summary>
/// <param name="Utf8">Its bytes; lines end with <c>\n</c>.</param>
/// <param name="Path">The file it comes from.</param>
/// <param name="Line">Number of the line on which it begins, or of its row, from 1.</param>
/// <param name="IsText">False if it is not UTF-8, or a row without text; then the bytes are only counted.</param>
/// <param name="InvalidByteOffset">
/// Offset in the text of the first byte that is not valid UTF-8, or of a row without text, if any.
/// </param>
internal sealed record RawDocument(byte[] Utf8, string Path, long Line, bool IsText, long? InvalidByteOffset = null)
{
    /// <summary>Returns the text in form NFC.</summary>
    public string GetText() => TextNormalizer.ToNfc(Encoding.UTF8.GetString(Utf8));
}
