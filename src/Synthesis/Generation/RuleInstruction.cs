namespace TurkishLlm.Synthesis.Generation;

/// <summary>The instructions of the prompt for each grouping rule.</summary>
internal static class RuleInstruction
{
    public static string Get(int rule) => rule switch
    {
        1 => "tek bölüm; bilgi, tanım ve kısa işlem soruları",
        2 => "bir özelliğin bütün bölümleri; bölümleri birleştiren sorular",
        3 => "bir modülün tamamı; modülün yapısını ve işleyişini soran sorular",
        4 => "aynı özelliğin genelden ayrıntıya katmanları; katmanlar arasında bağ kuran sorular",
        5 => "yan yana duran benzer özellikler; karşılaştırma soruları",
        6 => "birbirine gönderme yapan iki modülün bölümleri; modüllerin birlikte çalışmasını soran sorular",
        7 => "genel bakış ile ayrıntı; bütün ile parçayı bağlayan sorular",
        8 => "bir sürecin art arda gelen adımları; sıra, neden ve sonuç soruları",
        9 => "temel tanımlar ve onları kullanan özellikler; önkoşul ve etki soruları",
        10 => "aynı veritabanı tablosunu kullanan bölümler; verinin paylaşımını soran sorular",
        11 => "modülün haritası; neyin nerede bulunduğunu soran sorular",
        _ => throw new ArgumentOutOfRangeException(nameof(rule)),
    };
}
