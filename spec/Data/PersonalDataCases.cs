using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Spec.Data;

/// <summary>A kind of number with check digits, and an oracle that completes random digits.</summary>
/// <param name="Kind">The kind.</param>
public sealed record CheckDigitCase(PersonalDataKind Kind)
{
    /// <summary>Number of random numbers of each kind.</summary>
    internal const int Count = 20;

    /// <summary>Creates valid numbers.</summary>
    internal IReadOnlyList<string> CreateValid(long seed) => [.. Enumerable.Range(0, Count).Select(i => Create(seed, i))];

    /// <summary>Creates numbers that differ from a valid one in one digit.</summary>
    internal static IEnumerable<string> CreateWrong(string valid)
    {
        for (var i = 0; i < valid.Length; i++)
            for (var digit = '0'; char.IsAsciiDigit(valid[i]) && digit <= '9'; digit++)
                if (digit != valid[i]) yield return valid[..i] + digit + valid[(i + 1)..];
    }

    /// <summary>Creates a valid number; equal arguments give equal numbers.</summary>
    internal string Create(long seed, int number)
    {
        int[] digits = [.. Enumerable.Range(0, 22).Select(i => (int)CounterRandom.GetInt64(seed + (int)Kind, number, i, 10))];
        if (digits[0] == 0) digits[0] = 7;
        return Kind switch
        {
            PersonalDataKind.IdentityNumber => CompleteIdentity(digits[..9]),
            PersonalDataKind.TaxNumber => CompleteTax(digits[..9]),
            PersonalDataKind.Iban => CompleteIban(digits),
            _ => CompleteCard([4, .. digits[..14]]),
        };
    }

    // Modulo 10: the tenth digit makes 7·odd − even equal it, the eleventh is the sum of the ten before it.
    private static string CompleteIdentity(int[] nine)
    {
        var tenth = Enumerable.Range(0, 10).First(d => (7 * Sum(nine, 0) - Sum(nine, 1) - d) % 10 == 0);
        return Join([.. nine, tenth, (nine.Sum() + tenth) % 10]);
    }

    // As the revenue office describes it: 9 stays 9, other digits are multiplied by powers of two modulo 9.
    private static string CompleteTax(int[] nine)
    {
        var sum = 0;
        for (var place = 1; place <= 9; place++)
        {
            var shifted = (nine[place - 1] + 10 - place) % 10;
            sum += shifted == 9 ? 9 : (int)(shifted * Math.Pow(2, 10 - place)) % 9;
        }
        return Join([.. nine, (10 - sum % 10) % 10]);
    }

    // The number itself, as one large integer, must leave 1: TR is 29 and 27.
    private static string CompleteIban(int[] digits)
    {
        var account = Join(digits);
        var check = 98 - (int)(System.Numerics.BigInteger.Parse(
            account + "292700", System.Globalization.CultureInfo.InvariantCulture) % 97);
        return $"TR{check:D2}{account}";
    }

    private static string CompleteCard(int[] fifteen)
    {
        int Double(int digit) => 2 * digit > 9 ? 2 * digit - 9 : 2 * digit;
        var sum = fifteen.Select((digit, i) => i % 2 == 0 ? Double(digit) : digit).Sum();
        return Join([.. fifteen, (10 - sum % 10) % 10]);
    }

    private static int Sum(int[] digits, int from) => digits.Where((_, i) => i % 2 == from).Sum();

    private static string Join(int[] digits) => string.Concat(digits.Select(digit => (char)('0' + digit)));
}

/// <summary>Texts with personal data, and what is left of them after masking.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Texts">Texts with their masked forms; a text without personal data is its own.</param>
public sealed record MaskCase(string Name, IReadOnlyList<(string Text, string Masked)> Texts)
{
    /// <summary>Letters and reports: personal data in its usual spellings, beside numbers that are none.</summary>
    internal static IReadOnlyList<MaskCase> Golden { get; } =
    [
        new("letters",
        [
            ("Bana ali.veli@ornek.com.tr'den yazın, 0532 123 45 67'yi arayın.", "Bana <e-posta>'den yazın, <telefon>'yi arayın."),
            ("Tel: +90 (212) 555 01 23-24, faks 0212 555 01 25.", "Tel: <telefon>-24, faks <telefon>."),
            ("Kimlik no 10000000146'dır; 10000000147 değil.", "Kimlik no <kimlik-no>'dır; 10000000147 değil."),
            ("Hesap: TR33 0006 1005 1978 6457 8413 26’ya yatırın.", "Hesap: <iban>’ya yatırın."),
            ("Hesap: TR34 0006 1005 1978 6457 8413 26 yanlış.", "Hesap: TR34 0006 1005 1978 6457 8413 26 yanlış."),
            (
                "Kart 4111 1111 1111 1111 geçti, 4111 1111 1111 1112 geçmedi.",
                "Kart <kart-no> geçti, 4111 1111 1111 1112 geçmedi."),
        ]),
        new("reports",
        [
            (
                "Vergi No: 1111111114, fatura FTR2024000000146, 12.05.2024 tarihli.",
                "Vergi No: <vergi-no>, fatura FTR2024000000146, 12.05.2024 tarihli."),
            ("Sipariş 1111111114 ve 1111111115 hazır.", "Sipariş 1111111114 ve 1111111115 hazır."),
            (
                "6698 sayılı Kanun, sürüm 10.0.17763.1, 2.7.7.6 sırası, 1.250.000,50 TL.",
                "6698 sayılı Kanun, sürüm 10.0.17763.1, 2.7.7.6 sırası, 1.250.000,50 TL."),
            (
                "ISBN 9789750718533, barkod 8690504012345, GUID 4f1e-10000000146-ab.",
                "ISBN 9789750718533, barkod 8690504012345, GUID 4f1e-10000000146-ab."),
            (
                "icon@2x.png dosyası, @react/core paketi, destek@ornek.com'a yazın.",
                "icon@2x.png dosyası, @react/core paketi, <e-posta>'a yazın."),
            ("512 256 1024 2048 sayıları, 0 (532) 123 45 67 numarası.", "512 256 1024 2048 sayıları, <telefon> numarası."),
            ("(10000000146) ve no:10000000146.", "(<kimlik-no>) ve no:<kimlik-no>."),
        ]),
        new("lists without spaces",
        [
            ("AYŞE.ŞEN@ornek.com;05321234567;10000000146", "<e-posta>;<telefon>;<kimlik-no>"),
            ("😀ali@ornek.com😀+905321234567😀", "😀<e-posta>😀<telefon>😀"),
            ("05321234567@ornek.com'a, 0532.123.45.67'ye", "<e-posta>'a, <telefon>'ye"),
            ("tr330006100519786457841326,5555555555554444|12345678901", "<iban>,<kart-no>|12345678901"),
            ("IĞDIR\u00A00476\u00A0227\u00A012\u00A034\nSAYFA 12345", "IĞDIR\u00A0<telefon>\nSAYFA 12345"),
            ("+1 425 555 0100 ve 00905321234567", "<telefon> ve <telefon>"),
        ]),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Personal data at random places of a text.</summary>
/// <param name="Places">Number of places.</param>
/// <param name="Before">Text before each.</param>
/// <param name="After">Text after each.</param>
public sealed record PlantedDataCase(int Places, string Before, string After)
{
    private static readonly PersonalDataKind[] Kinds =
    [
        PersonalDataKind.Email, PersonalDataKind.Phone, PersonalDataKind.IdentityNumber, PersonalDataKind.Iban,
        PersonalDataKind.PaymentCard,
    ];

    /// <summary>Creates the text, and the same with placeholders.</summary>
    internal (string Text, string Masked) Create(long seed)
    {
        var (text, masked) = ("", "");
        for (var i = 0; i < Places; i++)
        {
            var kind = Kinds[i % Kinds.Length];
            var value = kind switch
            {
                PersonalDataKind.Email => $"{Word(seed, i)}.{Word(seed, i + 97)}@{Word(seed, i + 31)}.com.tr",
                PersonalDataKind.Phone =>
                    $"+90 53{Digits(seed, i, 1)} {Digits(seed, i + 7, 3)} {Digits(seed, i + 13, 2)} {Digits(seed, i, 2)}",
                _ => new CheckDigitCase(kind).Create(seed, i),
            };
            text += $"{Before}{value}{After}";
            masked += $"{Before}{PersonalDataMask.GetPlaceholder(kind)}{After}";
        }
        return (text, masked);
    }

    private static string Word(long seed, int number) => string.Concat(Enumerable.Range(0, 5)
        .Select(i => "abcçdefgğhıijklmnoöprsştuüvyz"[(int)CounterRandom.GetInt64(seed, number, i, 29)]));

    private static string Digits(long seed, int number, int count) => string.Concat(Enumerable.Range(0, count)
        .Select(i => (char)('0' + CounterRandom.GetInt64(seed, number, 50 + i, 10))));
}
