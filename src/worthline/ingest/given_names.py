"""Common given names of the languages that headers are read in, by which a column of people is known by its values.

Gives     GIVEN.
Assumes   six in ten of a company's people bear one of these names; towns and products that share a few do not.
"""

from __future__ import annotations

_ENGLISH = """james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony
mark donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary
nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander frank patrick raymond jack
dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle noah ethan jeremy walter christian keith
roger terry austin sean gerald carl harold dylan arthur lawrence jordan jesse bryan billy bruce gabriel joe logan alan
juan albert willie elijah wayne randy vincent mason roy ralph bobby russell bradley philip eugene liam oliver lucas
oscar leo theo freddie archie harry alfie charlie max isaac hugo felix stuart graham ian neil nigel simon martin colin
derek trevor ivan boris mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty
sandra margaret ashley kimberly emily donna michelle carol amanda melissa deborah stephanie dorothy rebecca sharon
laura cynthia amy kathleen angela shirley brenda emma anna pamela nicole samantha katherine christine helen debra
rachel carolyn janet maria catherine heather diane olivia julie joyce victoria ruth virginia lauren kelly christina
joan evelyn judith andrea hannah megan cheryl jacqueline martha madison teresa gloria sara janice ann kathryn abigail
sophia frances jean alice judy isabella julia grace amber denise danielle marilyn beverly charlotte natalie theresa
diana brittany doris kayla alexis lori ava mia amelia harper ella chloe lily zoe nora lucy ellie molly poppy daisy
freya isla ada alan grace edsger linus tim bob carla eve mallory trent peggy victor walter erin"""
_GERMAN = """hans peter klaus wolfgang jürgen juergen michael thomas andreas stefan stephan frank uwe bernd jörg joerg
ralf dieter günter guenter günther horst werner heinz manfred helmut gerhard karl walter rainer holger matthias markus
sven jan jens torsten thorsten dirk oliver sebastian tobias florian philipp lukas jonas leon finn elias paul felix
maximilian moritz niklas fabian dominik kevin marcel patrick sascha olaf volker norbert rolf reinhard kurt otto ernst
fritz friedrich johannes anna maria ursula monika petra elisabeth sabine renate helga karin brigitte ingrid erika
andrea gisela claudia susanne gabriele christa christine hildegard anja birgit barbara katrin kathrin nicole stefanie
melanie sandra tanja julia lena lea marie sophie laura lisa sarah hannah johanna katharina ute heike silke martina
angelika jutta ilse gertrud eva elke antje simone daniela nadine jana franziska vanessa jasmin greta frieda ida mila
emilia clara"""
_FRENCH = """jean pierre michel andré andre philippe rené rene louis alain jacques bernard marcel daniel roger robert
paul claude henri christian nicolas georges françois francois gérard gerard patrick laurent stéphane stephane olivier
pascal thierry éric eric david frédéric frederic julien christophe guillaume sébastien sebastien antoine maxime thomas
alexandre lucas hugo théo theo mathieu matthieu clément clement romain quentin arthur jules gabriel raphaël raphael
adrien florian yves guy serge didier bruno marc gilles hervé herve vincent mathis nathan enzo luc benoît benoit cédric
cedric fabien marie jeanne françoise francoise monique catherine nathalie isabelle jacqueline anne sylvie martine
nicole madeleine hélène helene christine brigitte véronique veronique valérie valerie sophie sandrine céline celine
stéphanie stephanie virginie aurélie aurelie émilie emilie julie camille léa lea manon chloé chloe emma inès ines jade
louise alice juliette charlotte élodie elodie mathilde pauline margaux amélie amelie claire dominique denise paulette
simone odette yvette florence laetitia karine corinne delphine laurence caroline zoé lucie élise elise agathe margot
clémence"""
_SPANISH = """antonio josé jose manuel francisco juan david javier jesús jesus daniel carlos miguel alejandro rafael
pedro ángel angel pablo sergio fernando luis jorge alberto álvaro alvaro diego adrián adrian raúl raul iván ivan rubén
ruben enrique óscar oscar ramón ramon vicente andrés andres joaquín joaquin santiago eduardo víctor victor roberto
mario jaime ignacio marcos salvador hugo gonzalo martín martin mateo emilio julio guillermo tomás tomas agustín felipe
nicolás césar maría maria carmen ana isabel dolores pilar teresa rosa josefa cristina laura elena mercedes marta
francisca lucía lucia antonia juana sara paula raquel concepción beatriz rocío rocio patricia manuela julia silvia
rosario irene encarnación montserrat mónica monica alba ángela angela andrea sonia sandra marina susana natalia
yolanda margarita claudia inmaculada nuria esther noelia ximena valentina camila guadalupe alejandra gabriela daniela
sofía sofia jimena carla blanca lorena inés alicia amparo consuelo gloria victoria miriam"""
_ITALIAN = """giuseppe giovanni antonio mario luigi francesco angelo vincenzo pietro salvatore carlo franco domenico
bruno paolo michele giorgio aldo sergio luciano andrea marco alessandro luca matteo lorenzo davide simone federico
riccardo stefano roberto fabio massimo claudio daniele gabriele tommaso edoardo filippo nicola emanuele leonardo
alberto enrico giacomo gianluca maurizio mauro raffaele alessio dario diego cristian mattia samuele jacopo enzo
umberto ugo vittorio maria anna giuseppina rosa angela giovanna teresa lucia carmela caterina francesca antonietta
rita giulia chiara sara martina federica silvia elisa alessia valentina alice elena giorgia paola laura simona barbara
cristina daniela roberta patrizia monica stefania sabrina serena ilaria beatrice aurora ginevra sofia greta ludovica
claudia manuela donatella nadia luisa franca grazia raffaella antonella michela marta eleonora arianna camilla bianca
matilde"""
_PORTUGUESE = """joão joao josé antónio antônio manuel pedro paulo luís luis carlos francisco miguel tiago rui ricardo
bruno hugo nuno andré jorge fernando filipe gonçalo goncalo rodrigo afonso duarte diogo vasco gustavo felipe lucas
mateus rafael thiago guilherme vinicius leandro marcelo fábio fabio eduardo roberto sérgio márcio renato caio murilo
otávio maria ana joana mariana beatriz inês ines catarina sofia rita marta leonor matilde carolina margarida teresa
isabel helena fátima fatima cláudia claudia sandra patrícia patricia filipa juliana fernanda camila larissa letícia
leticia amanda bruna aline gabriela luana raquel vanessa adriana márcia luciana simone renata tatiana cristiane débora
bianca"""
_DUTCH = """jan piet kees johannes cornelis hendrik willem pieter gerrit jacob dirk johan jeroen bas bart thijs sander
daan sem lars ruben tim tom luuk jesse finn milan stijn joost wouter maarten marco erik hans henk rob ron frans theo
wim arjan rick niels koen sjoerd joris gijs teun mees levi noud maria johanna anna cornelia elisabeth petronella
wilhelmina hendrika catharina margaretha anneke marieke femke sanne lotte fleur iris eva julia emma sophie lisa anouk
britt roos noor saar tess fenna ingrid marjan ellen els inge esther saskia linda mirjam monique yvonne karin wendy
petra miranda ilse"""
_OTHERS = """mohammed muhammad mohamed ahmed ali omar hassan hussein ibrahim mustafa mehmet emre yusuf can fatma ayşe
ayse zeynep aisha amina leila yasmin layla wei li ming jing yan hui ling raj amit rahul sanjay priya anita sunita
deepak vijay arjun ravi anil sita olga natasha svetlana irina elena dmitri sergei alexei vladimir nikolai pavel piotr
tomasz andrzej krzysztof marcin agnieszka katarzyna małgorzata ewa magdalena jiří jana petr tomáš lars erik sven
anders bjorn björn nils johan karl magnus olof ingrid astrid sigrid elsa maja linnea freja mads søren jens niels yuki
hiroshi kenji akira sakura haruto yui minh linh nguyen kofi kwame ama chinedu ngozi zebulon sibusiso thabo"""
GIVEN = frozenset(" ".join((_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _DUTCH, _OTHERS)).split())
"""Given names in small letters."""
