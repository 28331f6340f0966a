using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Tokenization.Report;

/// <summary>Frequent terms of ERP documentation.</summary>
public static class ErpTerms
{
    /// <summary>The terms, in lower case, without suffixes.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "alacak",
        "ambar", "bakiye", "bakır", "banka", "barkod", "birim", "bordro", "borç", "bütçe", "cari", "depo", "döviz", "envanter",
        "fatura",
        "fire", "fiyat", "hammadde", "iade", "ihracat", "irsaliye", "iskonto", "kablo", "kalite", "kasa", "kayıt", "kullanıcı",
        "makara",
        "maliyet", "malzeme", "mamul", "modül", "muhasebe", "müşteri", "numune", "onay", "operasyon", "parametre", "parti",
        "personel",
        "rapor", "reçete", "rota", "sayım", "senet", "sertifika", "sevkiyat", "sipariş", "stok", "şube", "tahsilat", "tedarikçi",
        "teklif", "teslimat", "transfer", "ürün", "üretim", "vardiya", "vergi", "yetki",
    ];

    /// <summary>Measures all terms, sorted by frequency in the documents, then by their order in the list.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="documents">The documents in which the terms are counted.</param>
    public static IReadOnlyList<TermMetrics> Measure(LoadedTokenizer tokenizer, IEnumerable<string> documents)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(documents);
        var counts = All.SelectMany(term => GetSpellings(term)).ToDictionary(term => term, _ => 0L, StringComparer.Ordinal);
        var byCharacters = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var document in documents)
            foreach (var preToken in SplitRule.Turkish.Split(document))
            {
                ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(byCharacters, preToken.TrimStart(' '));
                if (!Unsafe.IsNullRef(ref count)) count++;
            }
        return [.. All.Select(term => new TermMetrics(
                term,
                GetSpellings(term).Sum(spelling => counts[spelling]),
                GetTokens(tokenizer, " " + term)))
            .OrderByDescending(term => term.Count)];
    }

    // The characters of each token, if tokens share none.
    private static string[] GetTokens(LoadedTokenizer tokenizer, string text)
    {
        var tokens = tokenizer.Encoder.EncodeToTokens(text, out var normalized);
        var characters = tokens.Select(token => (normalized ?? text)[token.Offset]);
        return [.. string.Concat(characters) == (normalized ?? text) ? characters : tokens.Select(token => token.Value)];
    }

    private static string[] GetSpellings(string term) => [term, TurkishCase.ToUpper(term[..1]) + term[1..]];
}
