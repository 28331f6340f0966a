namespace TurkishLlm.Spec.Impostors;

/// <summary>Makes impostors of planted bugs.</summary>
public static class PlantedImpostors
{
    extension<TCase, TSubject>(Impostors<TCase, TSubject>)
    {
        /// <summary>Creates one impostor per planted bug, named after it.</summary>
        /// <param name="bugs">The bugs.</param>
        /// <param name="create">Makes the subject with a bug.</param>
        public static Impostors<TCase, TSubject> Create(
            IEnumerable<PlantedBug> bugs, Func<PlantedBug, Func<TCase, Conditions, TSubject>> create) =>
            Impostors<TCase, TSubject>.Create(bugs.Select(bug => KeyValuePair.Create(bug.ToString(), bug)), create);
    }
}
