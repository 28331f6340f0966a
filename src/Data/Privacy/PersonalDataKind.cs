namespace TurkishLlm.Data.Privacy;

/// <summary>A kind of data that identifies a person.</summary>
public enum PersonalDataKind
{
    /// <summary>An e-mail address.</summary>
    Email,

    /// <summary>A telephone number.</summary>
    Phone,

    /// <summary>A Turkish identity number: 11 digits with two check digits.</summary>
    IdentityNumber,

    /// <summary>A Turkish tax number: 10 digits with a check digit, near a word about taxes.</summary>
    TaxNumber,

    /// <summary>A Turkish bank account: an IBAN with valid check digits.</summary>
    Iban,

    /// <summary>The number of a payment card, with a valid Luhn digit.</summary>
    PaymentCard,

    /// <summary>An IPv4 address.</summary>
    IpAddress,
}
