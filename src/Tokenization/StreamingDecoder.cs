using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Decodes ids as they arrive and returns only complete characters: the bytes of an incomplete one wait for the next id. The
/// concatenation of all results is what <see cref="Tokenizer.Decode"/> returns for all ids.
/// </summary>
/// <remarks>Spec: TOK-21. Not thread-safe.</remarks>
public sealed class StreamingDecoder(Tokenizer tokenizer)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Decodes one id.</summary>
    /// <returns>The characters that the id completes; often none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Push(int id) => Decode(tokenizer.GetBytes(id), flush: false);

    /// <summary>Ends the text. The decoder can then be used for a new text.</summary>
    /// <returns>U+FFFD if the text ends within a character; otherwise empty.</returns>
    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        var characters = new char[_decoder.GetCharCount(bytes, flush)];
        return new string(characters, 0, _decoder.GetChars(bytes, characters, flush));
    }
}
