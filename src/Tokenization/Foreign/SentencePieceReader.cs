using Google.Protobuf;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Reads SentencePiece models, BPE and Unigram.</summary>
/// <remarks>
/// Microsoft.ML.Tokenizers normalizes text of BPE models by white space only, so one with a table of replacements, such as
/// <c>nmt_nfkc</c>, is refused.
/// </remarks>
internal static class SentencePieceReader
{
    // Values of the model type, and numbers of fields of sentencepiece_model.proto.
    private const int Unigram = 1, Bpe = 2;
    private const int Piece = 1, TrainerSpec = 2, NormalizerSpec = 3;
    private const int ModelType = 3, ByteFallback = 35, NormalizerName = 1, CharacterMap = 2;

    public static LoadedTokenizer Read(string file)
    {
        try
        {
            var (type, normalizer, size, hasBytes) = ReadSpecification(file);
            if (type is not (Unigram or Bpe))
                throw new InvalidDataException(
                    $"{file} is a SentencePiece model of words or characters; BPE and Unigram are supported.");
            if (type == Bpe && normalizer.Length > 0)
                throw new InvalidDataException(
                    $"{file} normalizes text by {normalizer}, which Microsoft.ML.Tokenizers does for Unigram models only, so "
                        + "that ids would differ. BPE models with the normalizer identity are supported.");
            if (type == Unigram && hasBytes)
                throw new InvalidDataException(
                    $"{file} is a Unigram model that falls back to bytes, for which Microsoft.ML.Tokenizers gives wrong ids.");
            using var stream = File.OpenRead(file);
            var tokenizer = ML.SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
            return new(tokenizer, type == Bpe ? "SentencePiece BPE" : "SentencePiece Unigram", size);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file} is not a SentencePiece model, or is damaged: {error.Message}", error);
        }
    }

    // The type of the model, the name of its normalizer if that has a table of replacements, the number of tokens, and
    // whether unknown characters are encoded as bytes.
    private static (int Type, string Normalizer, int Size, bool HasBytes) ReadSpecification(string file)
    {
        var (type, name, hasMap, size, hasBytes) = (Unigram, "", false, 0, false);
        using var stream = File.OpenRead(file);
        using var input = new CodedInputStream(stream);
        for (uint tag; (tag = input.ReadTag()) != 0;)
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case TrainerSpec:
                    ReadFields(input.ReadBytes(), (field, spec) =>
                    {
                        if (field == ModelType) type = spec.ReadEnum();
                        if (field == ByteFallback) hasBytes = spec.ReadBool();
                        return field is ModelType or ByteFallback;
                    });
                    break;
                case NormalizerSpec:
                    ReadFields(input.ReadBytes(), (field, spec) =>
                    {
                        if (field == NormalizerName) name = spec.ReadString();
                        if (field == CharacterMap) hasMap = spec.ReadBytes().Length > 0;
                        return field is NormalizerName or CharacterMap;
                    });
                    break;
                default:
                    if (WireFormat.GetTagFieldNumber(tag) == Piece) size++;
                    input.SkipLastField();
                    break;
            }
        return (type, hasMap ? name : "", size, hasBytes);
    }

    private static void ReadFields(ByteString message, Func<int, CodedInputStream, bool> read)
    {
        using var input = message.CreateCodedInput();
        for (uint tag; (tag = input.ReadTag()) != 0;)
            if (!read(WireFormat.GetTagFieldNumber(tag), input)) input.SkipLastField();
    }
}
