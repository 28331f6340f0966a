namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Turkish text for requirements about the tokenizer.</summary>
public static class TurkishSamples
{
    /// <summary>A page of ordinary prose.</summary>
    public const string Page =
        "Fabrikanın kapısı sabah yedide açılır ve işçiler soyunma odalarına geçer. Depo sorumlusu, gece gelen siparişleri " +
        "bilgisayardan kontrol ettikten sonra bakır telin hangi makineye verileceğini belirler. Üretim sırasında kablonun " +
        "dış çapı her on dakikada bir ölçülür; ölçüm sonuçları kalite kayıtlarına yazılır. Müşteri Ankara'dan aradığında " +
        "satış temsilcisi siparişin durumunu ekrandan görebilir ve teslim tarihini söyleyebilir. Öğleden sonra yapılan " +
        "toplantıda geciken işler konuşulur, eksik malzemeler için satın alma talebi açılır. Yağmurlu günlerde kamyonların " +
        "yüklenmesi daha uzun sürdüğü için sevkiyat planı buna göre değiştirilir. Akşam vardiyası bittiğinde makineler " +
        "temizlenir, raporlar yöneticiye gönderilir ve ışıklar söndürülür. Bu çalışma düzeni yıllardır değişmedi; ancak " +
        "yeni yazılım sayesinde artık bütün bilgilere tek bir yerden ulaşılabiliyor.";

    /// <summary>All letters of the Turkish alphabet and the three with a circumflex, in both cases.</summary>
    public const string Letters = "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZÂÎÛabcçdefgğhıijklmnoöprsştuüvyzâîû";

    /// <summary>Letters with diacritics that other tools remove or split off.</summary>
    public const string MarkedLetters = "ÇĞİÖŞÜÂÎÛçğöşüâîû";

    /// <summary>Words with a suffix after an apostrophe, straight and curly.</summary>
    public const string Suffixed =
        "Ankara'da, TBMM'nin 1923'te aldığı karar Iğdır’a ve İzmir'e ulaştı; \"Kanun\"'un 3'üncü maddesi.";
}
