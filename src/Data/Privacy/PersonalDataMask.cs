using System.Text;

namespace TurkishLlm.Data.Privacy;

/// <summary>Replaces personal data by placeholders, one per kind.</summary>
/// <remarks>Spec: DAT-52.</remarks>
public static class PersonalDataMask
{
    /// <summary>Number of kinds: the length of an array of counts.</summary>
    public static int KindCount { get; } = Enum.GetValues<PersonalDataKind>().Length;

    /// <summary>Replaces every finding of a text by the placeholder of its kind.</summary>
    /// <param name="text">The text.</param>
    /// <param name="found">Its findings, in order.</param>
    /// <returns>The masked text; the same instance if nothing was found.</returns>
    public static string Apply(string text, IReadOnlyList<PersonalDataSpan> found)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(found);
        if (found.Count == 0) return text;
        var masked = new StringBuilder(text.Length);
        var kept = 0;
        foreach (var span in found)
        {
            masked.Append(text, kept, span.Start - kept).Append(GetPlaceholder(span.Kind));
            kept = span.End;
        }
        return masked.Append(text, kept, text.Length - kept).ToString();
    }

    /// <summary>Returns the text that replaces a finding.</summary>
    public static string GetPlaceholder(PersonalDataKind kind) => kind switch
    {
        PersonalDataKind.Email => "<e-posta>",
        PersonalDataKind.Phone => "<telefon>",
        PersonalDataKind.IdentityNumber => "<kimlik-no>",
        PersonalDataKind.TaxNumber => "<vergi-no>",
        PersonalDataKind.Iban => "<iban>",
        PersonalDataKind.PaymentCard => "<kart-no>",
        PersonalDataKind.IpAddress => "<ip-adresi>",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "The kind has no placeholder."),
    };
}
