using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

internal static class SmallTokenizer
{
    /// <summary>Trained on a page of Turkish.</summary>
    public static Tokenizer Instance { get; } =
        BytePairTrainer.Train([TurkishSamples.Page, TurkishSamples.Suffixed, TurkishSamples.Letters], 400);

    /// <summary>Has the merges "ab" (272), "cab" (273) and "aa" (274).</summary>
    public static Tokenizer ByHand { get; } = new([(Byte('a'), Byte('b')), (Byte('c'), 272), (Byte('a'), Byte('a'))]);

    public static int Byte(char c) => VocabularyLayout.FirstByte + c;
}
