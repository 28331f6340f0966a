using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.RowChecks;
using TurkishLlm.Spec.Oracles;

namespace TurkishLlm.Spec.Data;

/// <summary>A limit of similarity for pairs of questions.</summary>
/// <param name="Similarity">The limit.</param>
public sealed record QuestionPairCase(double Similarity)
{
    /// <summary>Pairs that ask the same thing, of exact similarities from 0.6 to 1.</summary>
    internal static IReadOnlyList<(string A, string B)> Same { get; } =
    [
        ("Fire oranı nasıl hesaplanır?", "FİRE ORANI NASIL HESAPLANIR"),
        ("Satış faturası nasıl oluşturulur ve kime gönderilir?", "Satış faturasının nasıl oluşturulur ve kime gönderilir?"),
        ("Stok kartı nereden açılır?", "Stok kartları nereden açılır?"),
        ("Müşteri kaydı nerede tutulur?", "Musteri kaydi nerede tutulur?"),
        ("İade fişini kim onaylar?", "Lütfen iade fişini kim onaylar acaba?"),
        ("İade fişini kim onaylar ve nereye kaydeder?", "Lütfen iade fişini kim onaylar ve nereye kaydeder?"),
        ("Depo sayımı ne zaman yapılır?", "Depo sayımları ne zaman yapılır?"),
        ("Kitap siparişi hangi ekranda kapatılır?", "Kitabı siparişi hangi ekranda kapatılır?"),
        ("Bakır fire kodu hangi depodadır?", "Bakır fire kodu hangi depoda?"),
        ("Sayım farkı nedir?", "Sayımlar farkı nedir?"),
        ("Reçete nasıl onaylanır?", "Reçeteler nasıl onaylanır?"),
    ];

    /// <summary>Pairs of similar questions that ask different things.</summary>
    internal static IReadOnlyList<(string A, string B)> Other { get; } =
    [
        (
            "Hata kodu 4711 görüldüğünde hangi işlemler yapılır ve kime haber verilir?",
            "Hata kodu 4712 görüldüğünde hangi işlemler yapılır ve kime haber verilir?"),
        (
            "Satış siparişi onaylandıktan sonra stok hareketleri nasıl oluşur?",
            "Satış siparişi onaylandıktan sonra stok hareketleri neden oluşur?"),
        (
            "Onaylı siparişler için yeni bir makara numarası alınabilir mi?",
            "Onaylı siparişler için yeni bir makara numarası alınamaz mı?"),
        (
            "Ankara deposundaki bakır stoğunun değeri hangi raporda görülür?",
            "Antalya deposundaki bakır stoğunun değeri hangi raporda görülür?"),
        (
            "PHP'de imagecolorclosest işlevi ne yapar ve ne döndürür?",
            "PHP'de imagecolorclosesthwb işlevi ne yapar ve ne döndürür?"),
        (
            "Dönem sonunda alacak hesaplarının bakiyesi nasıl kapatılır, açıkla.",
            "Dönem sonunda olacak hesaplarının bakiyesi nasıl kapatılır, açıkla."),
        (
            "kur_farki alanı hangi tabloda saklanır ve ne zaman dolar?",
            "kur_farki2 alanı hangi tabloda saklanır ve ne zaman dolar?"),
    ];

    internal bool Reaches((string A, string B) pair) => RowOracle.Jaccard(pair.A, pair.B) >= Similarity;
}

/// <summary>Rows that repeat and contradict one another, among others.</summary>
/// <param name="Others">Number of rows about something else.</param>
/// <param name="Reversed">True for the rows after the others, instead of before them.</param>
public sealed record ContradictionCase(int Others, bool Reversed = false)
{
    private static readonly (QuestionAnswer, RowFinding)[] Known =
    [
        (new("Fire nedir?", "", "Kullanılması gereken malzemeyle kullanılan arasındaki kayıptır."), RowFinding.None),
        (new("Fire nedir?", "", "Kullanılması gereken malzemeyle kullanılan arasındaki kayıptır."), RowFinding.Duplicate),
        (new("FİRE NEDİR", "", "Kullanılması gereken malzemeyle kullanılan arasındaki kayıptır"), RowFinding.NearDuplicate),
        (new("Onay süresi kaç gündür?", "", "Onay süresi 3 gündür."), RowFinding.Contradiction),
        (new("Onay süresi kaç gündür?", "", "Onay süresi 5 gündür."), RowFinding.Contradiction),
        (new("Onay süresi kaç saattir?", "", "Onay süresi 72 saattir."), RowFinding.None),
        (new("Kapalı makara yeniden açılabilir mi?", "", "Kapalı makara yeniden açılabilir."), RowFinding.Contradiction),
        (new("Kapalı makara yeniden açılabilir mi?", "", "Kapalı makara yeniden açılamaz."), RowFinding.Contradiction),
        (new("Belge ne anlatır?", "Birinci belge bakırı anlatır.", "Bakırı anlatır."), RowFinding.None),
        (new("Belge ne anlatır?", "İkinci belge çinkoyu anlatır.", "Çinko ile kalayı anlatır."), RowFinding.None),
        (new("Sayım nasıl yapılır?", "", "Önce depo kilitlenir, sonra ürünler el terminaliyle sayılır."), RowFinding.None),
        (new("Sayım nasıl yapılır?", "", "Depo kilitlenir, sonra ürünler el terminaliyle sayılır ve fark yazılır."),
            RowFinding.None),
        (new("Sayımı kim yapar?", "", "Depo sorumlusu yapar."), RowFinding.None),
    ];

    internal IReadOnlyList<(QuestionAnswer Row, RowFinding Finding)> Rows
    {
        get
        {
            var others = Enumerable.Range(0, Others).Select(i => (
                new QuestionAnswer(
                    string.Create(CultureInfo.InvariantCulture, $"{i + 100} numaralı reçetede hangi malzeme bulunur?"), "",
                    string.Create(CultureInfo.InvariantCulture, $"M{i * 7 + 3} kodlu malzeme bulunur.")),
                RowFinding.None));
            return Reversed ? [.. others, .. Known] : [.. Known, .. others];
        }
    }
}

/// <summary>Random questions.</summary>
/// <param name="Count">Number of questions.</param>
/// <param name="Openings">Number of openings that they may have.</param>
public sealed record DiversityCase(int Count, int Openings)
{
    private static readonly string[] Words = ["IŞIK", "fire", "Depo", "sayım,", "NASIL", "yapılır?", "İade", "kim"];

    internal IReadOnlyList<string> Create(long seed) =>
    [
        .. Enumerable.Range(0, Count).Select(i => string.Join(' ',
        [
            i % 2 == 0 ? "Hangi" : "hangi",
            string.Create(CultureInfo.InvariantCulture, $"konu{CounterRandom.GetInt64(seed, i, 0, Openings)}"),
            .. Enumerable.Range(1, 1 + i % 5).Select(place => Words[CounterRandom.GetInt64(seed, i, place, Words.Length)]),
        ])),
    ];
}
