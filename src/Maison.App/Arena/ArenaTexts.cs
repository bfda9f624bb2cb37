namespace Maison.App.Arena;

/// <summary>The words of the arena, in English unless said otherwise. The method itself is told by the API.</summary>
public sealed record ArenaTexts
{
    public static ArenaTexts French { get; } = new()
    {
        Name = "Arène",
        Title = "Lequel est le meilleur ?",
        How = "Deux concurrents répondent à la même question, sans nom. Vous jugez, puis vous voyez qui c’était.",
        Battle = "Duel",
        Board = "Classement",
        Method = "Méthode",
        Text = "Texte",
        Image = "Images",
        Voice = "Voix",
        Briefing = "Journaux",
        Own = "Votre question",
        OwnPicture = "Ce que l’on doit voir",
        OwnVoice = "Ce qui doit être dit",
        OwnBriefing = "Vos sources",
        OwnBriefingHint = "Adresses de flux, une par ligne, ou un article avec son titre d’abord. Laissez vide pour recevoir les nouvelles inventées de la maison.",
        SourcesOf = "Écrits à partir de",
        OwnHint = "Laissez vide pour recevoir une question de la maison.",
        Start = "Lancer un duel",
        Next = "Duel suivant",
        Waiting = "Les deux travaillent…",
        Question = "Question",
        Judge = "Votre jugement",
        BetterA = "A est meilleur",
        BetterB = "B est meilleur",
        Tie = "Aussi bons",
        BothBad = "Mauvais tous deux",
        Consent = "Ce vote peut servir à entraîner des modèles",
        Listen = seconds => $"Écoutez d’abord les deux ; le vote est pris après {seconds:0} secondes de son.",
        PictureOf = seat => $"Image {seat}",
        Judged = "Vous avez jugé",
        Repeated = "Vous aviez déjà jugé celui-ci : il est revenu pour voir si les jugements sont stables.",
        SeeBoard = "Voir le classement",
        BoardTitle = "Qui est meilleur, autant que les votes le disent",
        StyleOn = "Style neutralisé",
        StyleOff = "Tel que voté",
        Everybody = "Votes de tous",
        Mine = "Les miens",
        Jury = "Jury de modèles",
        AskJuror = "Demander l’avis d’un modèle",
        JurorSays = juror => $"{juror} dit",
        Abstained = "s’abstient : son avis change avec les places",
        AllKinds = "Tout",
        Rank = "Rang",
        Contestant = "Concurrent",
        Rating = "Cote, avec son intervalle à 95 %",
        Battles = "Duels",
        ToFlip = "Votes pour basculer",
        ToFlipHow = "Autant de votes devraient manquer pour que le suivant passe devant.",
        NoVotes = "Personne n’a encore voté ici. Un rang demande 20 duels par concurrent.",
        TooFew = "Pas encore assez de votes",
        TooFewHow = "Un rang demande 20 duels.",
        Missing = votes => votes == 1 ? "il manque 1 vote" : $"il manque {votes} votes",
        Behind = "Derrière les chiffres",
        Votes = "Votes",
        Voters = "Votants",
        SeatA = "Gagnés par la place A",
        Steady = "Répétitions jugées de même",
        LeftOut = "Laissés de côté",
        LeftOutWhat = (duplicates, repeats, aside) => $"{duplicates} jugés deux fois, {repeats} répétitions, {aside} de votants écartés",
        StyleWorth = "Ce que valait le style",
        StyleWorthHow = "Points pour un écart type de plus, retirés des cotes ci-dessus.",
        Met = "Combien de fois ils se sont rencontrés",
        Words = new Dictionary<string, string>
        {
            ["code"] = "code",
            ["maths"] = "maths",
            ["writing"] = "écriture",
            ["facts"] = "faits",
            ["long"] = "long",
            ["numbers"] = "nombres",
            ["questions"] = "questions",
            ["speech"] = "paroles",
            ["emoji"] = "emoji",
            ["pixel art"] = "pixel art",
            ["icons"] = "icônes",
            ["photographs"] = "photos",
            ["length"] = "longueur",
            ["headings"] = "titres",
            ["bold"] = "gras",
            ["lists"] = "listes",
            ["duration"] = "durée",
            ["loudness"] = "force",
            ["brightness"] = "luminosité",
            ["contrast"] = "contraste",
            ["colour"] = "couleur",
            ["stories"] = "sujets",
            ["publishers"] = "sources",
        },
        Download = "Tous les votes",
        Snapshot = "Instantané signé",
    };

    public string Name { get; init; } = "Arena";
    public string Title { get; init; } = "Which one is better?";
    public string How { get; init; } = "Two contestants answer the same question without names. You judge; then you see who they were.";
    public string Battle { get; init; } = "Battle";
    public string Board { get; init; } = "Board";
    public string Method { get; init; } = "Method";
    public string Text { get; init; } = "Text";
    public string Image { get; init; } = "Pictures";
    public string Voice { get; init; } = "Voices";
    public string Briefing { get; init; } = "Briefings";

    public string Own { get; init; } = "Your question";
    public string OwnPicture { get; init; } = "What is to be seen";
    public string OwnVoice { get; init; } = "What is to be said";
    public string OwnBriefing { get; init; } = "Your sources";
    public string OwnBriefingHint { get; init; } = "Addresses of feeds, one a line, or an article with its headline first. Leave it empty to be given the house's invented news.";
    public string SourcesOf { get; init; } = "Written from";
    public string OwnHint { get; init; } = "Leave it empty to be given one of the house's.";
    public string Start { get; init; } = "Start a battle";
    public string Next { get; init; } = "Next battle";
    public string Waiting { get; init; } = "Both are at work…";

    public string Question { get; init; } = "Question";
    public string Judge { get; init; } = "Your judgement";
    public string BetterA { get; init; } = "A is better";
    public string BetterB { get; init; } = "B is better";
    public string Tie { get; init; } = "As good";
    public string BothBad { get; init; } = "Both bad";
    public string Consent { get; init; } = "Models may be trained with this vote";
    public Func<double, string> Listen { get; init; } = seconds => $"Listen to both first; the vote is taken after {seconds:0} seconds of sound.";
    public Func<string, string> PictureOf { get; init; } = seat => $"Picture {seat}";
    public string Judged { get; init; } = "You judged";
    public string Repeated { get; init; } = "You had judged this one before: it was shown again to see how steady judgements are.";
    public string SeeBoard { get; init; } = "See the board";

    public string BoardTitle { get; init; } = "Who is better, as far as the votes can tell";
    public string StyleOn { get; init; } = "Style controlled";
    public string StyleOff { get; init; } = "As voted";
    public string Everybody { get; init; } = "Everybody's votes";
    public string Mine { get; init; } = "Mine";
    public string Jury { get; init; } = "Models' jury";
    public string AskJuror { get; init; } = "Ask what a model says";
    public Func<string, string> JurorSays { get; init; } = juror => $"{juror} says";
    public string Abstained { get; init; } = "abstains: its word changes with the seats";
    public string AllKinds { get; init; } = "All";
    public string Rank { get; init; } = "Rank";
    public string Contestant { get; init; } = "Contestant";
    public string Rating { get; init; } = "Rating, with its 95 % interval";
    public string Battles { get; init; } = "Battles";
    public string ToFlip { get; init; } = "Votes to flip";
    public string ToFlipHow { get; init; } = "So many votes would have to be missing for the next one to pass.";
    public string NoVotes { get; init; } = "Nobody has voted here yet. A rank needs 20 battles for each contestant.";
    public string TooFew { get; init; } = "Not enough votes yet";
    public string TooFewHow { get; init; } = "A rank needs 20 battles.";
    public Func<int, string> Missing { get; init; } = votes => votes == 1 ? "1 vote is missing" : $"{votes} votes are missing";
    public string Behind { get; init; } = "Behind the numbers";
    public string Votes { get; init; } = "Votes";
    public string Voters { get; init; } = "Voters";
    public string SeatA { get; init; } = "Won by seat A";
    public string Steady { get; init; } = "Repeats judged as before";
    public string LeftOut { get; init; } = "Left out";
    public Func<int, int, int, string> LeftOutWhat { get; init; } = (duplicates, repeats, aside) => $"{duplicates} judged twice, {repeats} repeats, {aside} of voters set aside";
    public string StyleWorth { get; init; } = "What style was worth";
    public string StyleWorthHow { get; init; } = "Points for one standard deviation more of it, taken out of the ratings above.";
    public string Met { get; init; } = "How often they met";
    public string Download { get; init; } = "All votes";
    public string Snapshot { get; init; } = "Signed snapshot";

    /// <summary>Kinds of question and measures of style, which the API names in English.</summary>
    public IReadOnlyDictionary<string, string> Words { get; init; } = new Dictionary<string, string>();

    public string Word(string english) => Words.GetValueOrDefault(english, english);

    public string NameOf(string modality) => modality switch { "image" => Image, "voice" => Voice, "briefing" => Briefing, _ => Text };

    public string Choice(string choice) => choice switch { "a" => BetterA, "b" => BetterB, "tie" => Tie, _ => BothBad };
}
