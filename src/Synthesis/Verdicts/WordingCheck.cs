using System.Text.RegularExpressions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>Finds questions that refer to a text the reader does not have, and answers that correct themselves.</summary>
/// <remarks>Self-correcting answers degraded the reference model as a whole (report on fine-tuning, section 12).</remarks>
internal static partial class WordingCheck
{
    /// <summary>Returns the words that refer to a text, or an empty string.</summary>
    public static string FindReference(string question) =>
        ReferenceRegex().Match(TurkishCase.ToLower(ComparableText.Create(question))).Value;

    /// <summary>Returns the words that correct something, or an empty string.</summary>
    public static string FindCorrection(string answer) =>
        CorrectionRegex().Match(TurkishCase.ToLower(ComparableText.Create(answer))).Value;

    [GeneratedRegex(
        @"\b(bu|verilen|yukarıdaki|aşağıdaki|söz konusu) (parça|metin|metn|bağlam|belge|bölüm|pasaj|doküman)\p{L}*|"
            + @"\b(parça|metn|metin|bağlam|belge|pasaj)(ya|ye|e|a)? göre\b|"
            + @"\bmetinde (geçen|anlatılan|belirtilen)|\[k\d+\]|\bk\d+ parça"
    )]
    private static partial Regex ReferenceRegex();

    [GeneratedRegex(
        @"\b(pardon|özür dilerim|düzeltiyorum|düzelteyim|düzeltme:|yanlış (söyledim|yazdım|oldu)\b|"
            + @"bu (yanıt |cevap |bilgi )?yanlış(?=\s*([:;.,!…—-]|$))|"
            + @"(hayır|dur|bekle|aslında)[\s,;:.!…—-]+(bu yanlış|yanlış[,.;:]|düzelt\p{L}*|öyle değil|doğrusu\b))"
    )]
    private static partial Regex CorrectionRegex();
}
