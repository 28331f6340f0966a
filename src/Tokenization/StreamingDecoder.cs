using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Decodes ids as they come and gives only whole characters: the bytes of an unfinished one wait for the next id.
/// All that it returns, joined, is what <see cref="Tokenizer.Decode"/> gives for all ids.
/// </summary>
/// <remarks>Spec: TOK-21. Not for use by two threads at once.</remarks>
public sealed class StreamingDecoder(Tokenizer tokenizer)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Takes one id.</summary>
    /// <returns>The characters that it completed; often none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Push(int id) => Decode(tokenizer.GetBytes(id), flush: false);

    /// <summary>Ends the text.</summary>
    /// <returns>U+FFFD when a character was left unfinished, else nothing. Afterwards a new text may begin.</returns>
    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        var characters = new char[_decoder.GetCharCount(bytes, flush)];
        return new string(characters, 0, _decoder.GetChars(bytes, characters, flush));
    }
}
